import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import tls, { type ConnectionOptions, connect } from 'node:tls';
import { makeCertificate } from '@baton/core/testing';
import { overChannel } from '../testing/over-channel.ts';

const LIMIT_MS = 10_000;
const { cert, key } = makeCertificate(['app.example']);

const echo = (socket: Socket): void => {
  socket.on('error', () => {});
  socket.write('hello ');
  socket.pipe(socket);
};

/** Servers that end TLS themselves, over the bytes of a tcp:// binding. */
const SERVERS: Readonly<Record<string, () => Server>> = {
  'a tls.Server': () => tls.createServer({ cert, key }, echo),
  'a tls.Server with half-open connections': () => tls.createServer({ cert, key, allowHalfOpen: true }, echo),
  'a net.Server that begins TLS on its sockets (STARTTLS)': () =>
    net.createServer({ allowHalfOpen: true }, (socket) => {
      const secureContext = tls.createSecureContext({ cert, key });
      echo(new tls.TLSSocket(socket, { isServer: true, secureContext, allowHalfOpen: true } as tls.TLSSocketOptions));
    }),
};

suite('an app that ends TLS itself', () => {
  for (const [title, create] of Object.entries(SERVERS)) {
    for (const size of [5, 300_000]) {
      test(`${title} answers ${size} bytes and the end of its client`, async () => {
        await using reached = await overChannel(create());
        const options = { port: reached.port, host: '127.0.0.1', servername: 'app.example', ca: cert, allowHalfOpen: true };
        const client = connect(options as ConnectionOptions);
        client.on('error', () => {});
        client.setTimeout(LIMIT_MS, () => client.destroy());
        await once(client, 'secureConnect', { signal: AbortSignal.timeout(LIMIT_MS) });
        assert.equal(client.authorized, true);
        client.end('x'.repeat(size));
        assert.equal(await text(client), `hello ${'x'.repeat(size)}`);
        client.destroy();
      });
    }
  }
});
