import { connect } from 'node:net';
import { openHub } from '@baton/adapter-kit';
import { conformance, type SentOutcome } from '@baton/adapter-kit/conformance';
import { freePort } from '@baton/core/testing';
import { openTcp } from './open-tcp.ts';

const quiet = { info() {}, warn() {} };

conformance({
  protocol: 'tcp',
  onFailure: 'answer',

  async createBinding() {
    return `tcp://127.0.0.1:${await freePort()}`;
  },

  async open({ id, was, secret }) {
    const hub = await openHub({ id });
    const openTls = (): never => {
      throw new Error('no certificates here');
    };
    const { stop } = await openTcp({ hub, channelPer: 'pool', reusePort: false, accessLog: undefined, openTls, was, secret, log: quiet });
    return {
      send,
      stop: async () => {
        hub.isDraining = true;
        await stop(AbortSignal.timeout(10_000));
        hub.close();
      },
    };
  },

  /** A line. */
  read: (_head, body) => (body.at(-1) === 0x0a ? body.toString('utf8', 0, body.length - 1) : undefined),

  answer(stream, text) {
    stream.sendHead({ status: 200, reason: 'OK', headers: '', framing: 'close', close: false });
    stream.write(Buffer.from(text));
    stream.end();
  },
});

/** Sends a line and ends its half; the answer is all that comes before the server's end. */
function send(binding: string, text: string, signal: AbortSignal): Promise<SentOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(binding).port), host: '127.0.0.1', allowHalfOpen: true, signal });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer === '' ? { kind: 'failed' } : { kind: 'answered', text: answer }));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ kind: code === 'ECONNREFUSED' ? 'unreachable' : 'failed' }));
    socket.end(`${text}\n`);
  });
}
