import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { until } from '@baton/core';
import { makeCertificate } from '@baton/core/testing';
import { startTcp, type TcpHarness, type TcpHarnessOptions } from '../testing/tcp-harness.ts';
import { TlsContexts } from '../tls/contexts.ts';
import { TlsTerminator } from '../tls/terminator.ts';
import { SIGNATURE } from './proxy-header.ts';
import type { OpenTls } from './tls-end.ts';

const PATIENCE_MS = 10_000;
const HEAD = [200, [], 'close'] as const;
const comes = (condition: () => unknown, what: string): Promise<unknown> => until(() => Boolean(condition()), PATIENCE_MS, what, 2);

let directory = '';
let contexts: TlsContexts;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'baton-tcp-tls-'));
  contexts = new TlsContexts({ log: undefined });
  const [certPath, keyPath] = [join(directory, 'shop.crt'), join(directory, 'shop.key')];
  const { cert, key } = makeCertificate(['shop.example', 'other.example']);
  await Promise.all([writeFile(certPath, cert), writeFile(keyPath, key)]);
  await contexts.set(['shop.example', 'other.example'].map((host) => ({ host, certPath, keyPath })));
});
after(() => {
  contexts.close();
  return rm(directory, { recursive: true });
});

const openTls: OpenTls = (events) => new TlsTerminator({ contexts, alpn: [], allowHalfOpen: true, ...events });

const start = (options: TcpHarnessOptions = {}): Promise<TcpHarness> =>
  startTcp({ ...options, listener: { openTls }, application: { bindings: ['tls://*:0'], ...options.application } });

async function dial(port: number, servername: string, socket?: Socket): Promise<TLSSocket> {
  const where = socket ? { socket } : { port, host: '127.0.0.1' };
  const options = { ...where, servername, rejectUnauthorized: false, allowHalfOpen: true };
  const client = connect(options as ConnectionOptions);
  client.on('error', () => {});
  await once(client, 'secureConnect');
  return client;
}

function collect(client: TLSSocket): { text: string; isEnded: boolean } {
  const seen = { text: '', isEnded: false };
  client.on('data', (chunk) => {
    seen.text += chunk;
  });
  client.on('end', () => {
    seen.isEnded = true;
  });
  return seen;
}

describe('a tls:// binding', () => {
  it('knows that a client is gone which does not trust its certificate', async () => {
    await using h = await start();
    const client = connect({ port: h.port, host: '127.0.0.1', servername: 'shop.example' });
    const [error] = await once(client, 'error');
    assert.equal((error as NodeJS.ErrnoException).code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    await comes(() => h.listener.ports.connectionCount === 0, 'the end of the connection');
    assert.equal(h.listener.refusals.get('TLS_FAILED'), 1);
  });

  it('ends TLS at the adapter: the app gets what was meant for it, and by which name it was asked', async () => {
    await using h = await start();
    const client = await dial(h.port, 'shop.example');
    const seen = collect(client);
    client.write('hello');
    const stream = await h.worker.request();
    assert.deepEqual(
      [stream.head.encrypted, stream.head.url, stream.head.headers],
      [true, 'tls://*:0', ['tls-server-name', 'shop.example']],
    );
    await comes(() => stream.body === 'hello', 'the bytes of the client');
    stream.sendHead(...HEAD).sendData('world');
    await comes(() => seen.text === 'world', 'the answer');
    client.destroy();
  });

  it('ends the halves one by one', async () => {
    await using h = await start();
    const client = await dial(h.port, 'shop.example');
    const seen = collect(client);
    const stream = await h.worker.request();
    stream.sendHead(...HEAD);
    client.end('1\n2\n');
    await comes(() => stream.isEnded, 'the end of the client');
    assert.equal(stream.body, '1\n2\n');
    stream.sendData('3\n').sendEnd();
    await comes(() => seen.isEnded, 'the end of the app');
    assert.equal(seen.text, '3\n');
    await comes(() => h.listener.ports.connectionCount === 0, 'the port to forget it');
    assert.equal(h.pool.counters.answered, 1);
  });

  it('resets the connection of a worker that died', async () => {
    await using h = await start();
    const raw = connectTcp({ port: h.port, host: '127.0.0.1' });
    let code: string | undefined;
    raw.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    const client = await dial(h.port, 'shop.example', raw);
    client.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    (await h.worker.request()).sendReset('WORKER_DIED', 'killed');
    await comes(() => code === 'ECONNRESET', 'the reset');
  });

  it('resets what is refused in the moment of its handshake', async () => {
    await using h = await start();
    h.pool.place.setEnabled(false, 'stopped');
    for (let at = 0; at < 10; at++) {
      const raw = connectTcp({ port: h.port, host: '127.0.0.1' });
      raw.on('error', () => {});
      const client = connect({ socket: raw, servername: 'shop.example', rejectUnauthorized: false });
      client.on('error', () => {});
      await once(raw, 'close');
    }
    assert.equal(h.pool.counters.refused, 10);
  });

  it('tells bindings of one port apart by the server name', async () => {
    await using h = await start({ application: { bindings: ['tls://shop.example:0'] } });
    h.adapter.addApplication({ appKey: 'other', pool: 'shop', bindings: ['tls://other.example:0'] });
    await h.listener.listen();
    const clients = [await dial(h.port, 'other.example'), await dial(h.port, 'shop.example')];
    const heads = [(await h.worker.request(1)).head, (await h.worker.request(2)).head];
    assert.deepEqual(
      heads.map(({ appKey, url }) => [appKey, url]),
      [
        ['other', 'tls://other.example:0'],
        ['shop', 'tls://shop.example:0'],
      ],
    );
    for (const client of clients) client.destroy();
  });

  it('refuses a name that has no certificate, and counts it', async () => {
    await using h = await start();
    await assert.rejects(dial(h.port, 'nobody.example'));
    await comes(() => h.listener.refusals.get('TLS_FAILED') === 1, 'the count');
    assert.equal(h.worker.streams.length, 0);
    await comes(() => h.listener.ports.connectionCount === 0, 'the port to forget it');
  });

  it('takes a PROXY header ahead of the handshake', async () => {
    await using h = await start({ application: { hasProxyProtocol: true } });
    const raw = connectTcp({ port: h.port, host: '127.0.0.1' });
    await once(raw, 'connect');
    const ends = Buffer.from([192, 0, 2, 7, 198, 51, 100, 1, 0xc0, 0x01, 0x01, 0xbb]);
    raw.write(Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0, 12]), ends]));
    const client = await dial(h.port, 'shop.example', raw);
    client.write('hello');
    const stream = await h.worker.request();
    assert.equal(stream.head.remoteAddress, '192.0.2.7');
    await comes(() => stream.body === 'hello', 'the bytes of the client');
    client.destroy();
  });

  it('takes a PROXY header that comes with the first bytes of the handshake', async () => {
    await using h = await start({ application: { hasProxyProtocol: true } });
    const raw = connectTcp({ port: h.port, host: '127.0.0.1' });
    await once(raw, 'connect');
    const ends = Buffer.from([192, 0, 2, 7, 198, 51, 100, 1, 0xc0, 0x01, 0x01, 0xbb]);
    raw.cork();
    raw.write(Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0, 12]), ends]));
    const dialled = dial(h.port, 'shop.example', raw);
    setImmediate(() => raw.uncork());
    const client = await dialled;
    assert.equal((await h.worker.request()).head.remoteAddress, '192.0.2.7');
    client.destroy();
  });

  it('ends a connection that makes no handshake within headersTimeout', async () => {
    await using h = await start({ limits: { headersTimeoutMs: 300 } });
    const client = await h.client();
    await comes(() => client.isEnded || client.isClosed, 'the end');
    await comes(() => h.listener.ports.connectionCount === 0, 'the port to forget it');
    assert.deepEqual([...h.listener.refusals], [['TLS_FAILED', 1]]);
  });
});
