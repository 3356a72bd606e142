import { Agent } from 'node:http';
import { numberOf, type Protocol } from '../protocol.ts';
import { postLap } from './post-lap.ts';

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
    return {
      async send(id) {
        const way = wayOf(id);
        const ms = 100 + ((numberOf(id) * 37) % 701);
        const beganAtMs = performance.now();
        const sight = await postLap({ port, agent }, id, { 'x-way': way, 'x-pending-ms': ms });
        const tookMs = performance.now() - beganAtMs;
        const isEarly = 'pid' in sight && !way.startsWith('log') && tookMs < ms - 2;
        return isEarly ? { wrong: `"${way}" of ${ms} ms was over after ${tookMs}` } : sight;
      },
      close: async () => agent.destroy(),
    };
  },
};
