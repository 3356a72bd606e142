import { type Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { type Sight, sightOf, wrong } from '../protocol.ts';

const BODY = 'lap '.repeat(64);

/** Posts a body that has to come back behind the piece of work's id and the pid of who ended it. */
export function postLap(to: { readonly port: number; readonly agent: Agent }, id: string, more: OutgoingHttpHeaders): Promise<Sight> {
  return new Promise((resolve) => {
    const headers = { 'x-work-id': id, 'content-length': BODY.length, ...more };
    const sent = request({ host: '127.0.0.1', method: 'POST', path: '/', headers, ...to }, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', (error) => resolve(wrong(error)));
      response.on('end', () => {
        const [ended, pid, ...body] = text.split(' ');
        if (response.statusCode !== 200) resolve({ wrong: `status ${response.statusCode} ${response.headers['x-baton-error'] ?? ''}` });
        else resolve(body.join(' ') === BODY ? sightOf(`${ended} ${pid}`, id) : { wrong: `a body of ${text.length} bytes` });
      });
    });
    sent.on('error', (error) => resolve(wrong(error)));
    sent.end(BODY);
  });
}
