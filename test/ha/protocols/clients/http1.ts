import { Agent } from 'node:http';
import type { Protocol } from '../protocol.ts';
import { postLap } from './post-lap.ts';

/** Requests with a body over kept-alive connections, each answered after 0 to 300 ms. */
export const http1: Protocol = {
  name: 'HTTP/1.1',
  entry: 'echo-http.js',
  binding: (port) => `http://*:${port}/`,
  perSecond: 200,
  async open({ port }) {
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
    let count = 0;
    return {
      send: (id) => postLap({ port, agent }, id, { 'x-wait-ms': (count++ * 37) % 300 }),
      close: async () => agent.destroy(),
    };
  },
};
