import { get } from 'node:http';
import { connectToWas, openHub } from '@baton/adapter-kit';
import { conformance } from '@baton/adapter-kit/conformance';
import { freePort } from '@baton/core/testing';
import { createAdapter } from './adapter.ts';

const quiet = { info() {}, warn() {} };

conformance({
  protocol: 'http',
  onFailure: 'answer',

  async createBinding() {
    return `http://127.0.0.1:${await freePort()}/`;
  },

  async open({ id, was, secret }) {
    const hub = await openHub({ id });
    const adapter = await createAdapter({ id, hub });
    const { stop } = connectToWas(adapter.core, { was, secret, log: quiet });
    return {
      send,
      stop: async () => {
        hub.isDraining = true;
        await stop(AbortSignal.timeout(10_000));
        hub.close();
      },
    };
  },

  read: ({ url }) => decodeURIComponent(url.slice(1)),

  answer(stream, text) {
    const headers = `Content-Length: ${Buffer.byteLength(text)}\r\n`;
    stream.sendHead({ status: 200, reason: 'OK', headers, framing: 'length', close: false });
    stream.write(Buffer.from(text));
    stream.end();
  },
});

function send(binding: string, text: string, signal: AbortSignal) {
  return new Promise<{ kind: 'answered'; text: string } | { kind: 'failed' } | { kind: 'unreachable' }>((resolve) => {
    const request = get(`${binding}${encodeURIComponent(text)}`, { agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve({ kind: 'failed' }));
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ kind: 'answered', text: Buffer.concat(chunks).toString() });
        else resolve({ kind: 'failed' });
      });
    });
    request.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ kind: code === 'ECONNREFUSED' ? 'unreachable' : 'failed' }));
  });
}
