import { WebSocket } from 'ws';
import type { Protocol, Sight } from '../protocol.ts';
import { sequenceOf } from '../sequence.ts';

const MESSAGES = 15;
const GAP_MS = 40;

/** WebSockets that each live for about 0.6 s: numbered messages, each echoed, then a close with 1000. */
export const websocket: Protocol = {
  name: 'WebSocket',
  entry: 'echo-websocket.js',
  binding: (port) => `http://*:${port}/`,
  perSecond: 40,
  open: async ({ port }) => ({ send: (id) => talk(port, id), close: async () => {} }),
};

function talk(port: number, id: string): Promise<Sight> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const sequence = sequenceOf(id, MESSAGES);
    let timer: NodeJS.Timeout | undefined;
    let error = '';
    socket.on('open', () => {
      timer = setInterval(() => {
        const next = sequence.next();
        if (next === undefined) clearInterval(timer);
        else socket.send(next);
      }, GAP_MS);
    });
    socket.on('message', (message) => {
      if (sequence.read(message.toString())) socket.close(1000);
    });
    socket.on('error', (fault) => {
      error = fault.message;
    });
    socket.on('close', (code) => {
      clearInterval(timer);
      resolve(code === 1000 ? sequence.sight() : { wrong: `closed with ${code} ${error}` });
    });
  });
}
