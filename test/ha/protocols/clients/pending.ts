import { Agent, request } from 'node:http';
import { numberOf, type Protocol, type Sight, sightOf, wrong } from '../protocol.ts';

const BODY = 'lap '.repeat(64);
const WAYS = [
  'begin post',
  'authorize indicate',
  'authorize promise',
  'send indicate',
  'send promise',
  'log post',
  'begin promise',
  'log promise',
];

const wayOf = (id: string): string => WAYS[numberOf(id) % WAYS.length]!;

/** Requests that a module around a plain app holds PENDING for 100 to 800 ms, before the app, around its answer, or behind it. */
export const pending: Protocol = {
  name: 'pending',
  entry: 'waiting-http.js',
  modules: ['waiting-module.mjs'],
  kindOf: wayOf,
  binding: (port) => `http://*:${port}/`,
  perSecond: 120,
  async open({ port }) {
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
    const send = (id: string, way: string, ms: number) =>
      new Promise<Sight>((resolve) => {
        const headers = { 'x-work-id': id, 'x-way': way, 'x-pending-ms': ms, 'content-length': BODY.length };
        const beganAtMs = performance.now();
        const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/', agent, headers }, (response) => {
          let text = '';
          response.setEncoding('latin1');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', (error) => resolve(wrong(error)));
          response.on('end', () => {
            const [ended, pid, ...body] = text.split(' ');
            const tookMs = performance.now() - beganAtMs;
            if (response.statusCode !== 200) resolve({ wrong: `status ${response.statusCode} ${response.headers['x-baton-error'] ?? ''}` });
            else if (!way.startsWith('log') && tookMs < ms - 2) resolve({ wrong: `"${way}" of ${ms} ms was over after ${tookMs}` });
            else resolve(body.join(' ') === BODY ? sightOf(`${ended} ${pid}`, id) : { wrong: `a body of ${text.length} bytes` });
          });
        });
        sent.on('error', (error) => resolve(wrong(error)));
        sent.end(BODY);
      });
    return {
      send: (id) => send(id, wayOf(id), 100 + ((numberOf(id) * 37) % 701)),
      close: async () => agent.destroy(),
    };
  },
};
