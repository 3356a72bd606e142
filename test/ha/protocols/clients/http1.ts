import { Agent, request } from 'node:http';
import { type Protocol, type Sight, sightOf, wrong } from '../protocol.ts';

const BODY = 'lap '.repeat(64);

/** Requests with a body over kept-alive connections, each answered after 0 to 300 ms. */
export const http1: Protocol = {
  name: 'HTTP/1.1',
  entry: 'echo-http.js',
  binding: (port) => `http://*:${port}/`,
  perSecond: 200,
  async open({ port }) {
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
    const send = (id: string, waitMs: number) =>
      new Promise<Sight>((resolve) => {
        const headers = { 'x-work-id': id, 'x-wait-ms': waitMs, 'content-length': BODY.length };
        const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/', agent, headers }, (response) => {
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
    let count = 0;
    return { send: (id) => send(id, (count++ * 37) % 300), close: async () => agent.destroy() };
  },
};
