import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Protocol, Sight } from '../protocol.ts';
import { sequenceOf } from '../sequence.ts';

const LINES = 15;
const GAP_MS = 40;

/** Connections that each live for about 0.6 s: numbered lines, each echoed, then a FIN each way. */
export const tcp: Protocol = {
  name: 'TCP',
  entry: 'echo-tcp.js',
  binding: (port) => `tcp://*:${port}`,
  perSecond: 40,
  open: async ({ port }) => ({ send: (id) => talk(port, id), close: async () => {} }),
};

function talk(port: number, id: string): Promise<Sight> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const sequence = sequenceOf(id, LINES);
    let error = '';
    const timer = setInterval(() => {
      const next = sequence.next();
      if (next === undefined) clearInterval(timer);
      else socket.write(`${next}\n`);
    }, GAP_MS);
    createInterface({ input: socket }).on('line', (line) => {
      if (sequence.read(line)) socket.end();
    });
    socket.on('error', (fault) => {
      error = fault.message;
    });
    socket.on('close', () => {
      clearInterval(timer);
      resolve(error === '' ? sequence.sight() : { wrong: error });
    });
  });
}
