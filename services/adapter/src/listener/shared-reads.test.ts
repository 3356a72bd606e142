import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';
import { kept, readShared } from './shared-reads.ts';

test('two accepted sockets are read into one memory, and what is kept of it stays', async () => {
  const reads: { readonly given: Buffer; readonly copy: Buffer; readonly text: string }[] = [];
  const server = createServer((socket) => {
    const isShared = readShared(socket, (given) => reads.push({ given, copy: kept(given), text: given.toString() }));
    assert.equal(isShared, true, `Node ${process.version} reads into a memory of ours`);
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const [index, text] of ['first', 'the second', 'FIRST'].entries()) {
    clients[index % 2]!.write(text);
    await until(() => reads.length === index + 1, 5_000, text);
  }
  assert.deepEqual(
    reads.map(({ text }) => text),
    ['first', 'the second', 'FIRST'],
  );
  assert.equal(reads[0]!.given.buffer, reads[1]!.given.buffer);
  assert.equal(reads[0]!.given.toString(), 'FIRST');
  assert.deepEqual(
    reads.map(({ copy }) => copy.toString()),
    ['first', 'the second', 'FIRST'],
  );
  for (const client of clients) client.destroy();
  server.close();
});

test('a socket that is gone is not read', () => {
  assert.equal(
    readShared(new Socket(), () => {}),
    false,
  );
});

test('bodies of many clients that wait for a worker stay their own, by length and in chunks', async () => {
  await using h = await startAdapter({ isCold: true, pool: { queueLength: 100 } });
  const bodies = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(500 + i));
  const clients = await Promise.all(bodies.map(() => h.client()));
  // What comes first on a connection is read in memory of its own.
  for (const [i, client] of clients.entries())
    client.send(
      `POST /${i} HTTP/1.1\r\nHost: a\r\n${i % 2 ? 'Transfer-Encoding: chunked' : `Content-Length: ${bodies[i]!.length}`}\r\n\r\n`,
    );
  await until(() => h.pool.place.parked.size === clients.length, 5_000, 'all heads');
  for (let part = 0; part < 10; part++) {
    for (const [i, client] of clients.entries()) {
      const text = bodies[i]!.slice(part * 50, part === 9 ? undefined : part * 50 + 50);
      client.send(i % 2 ? `${text.length.toString(16)}\r\n${text}\r\n` : text);
    }
    // Each part is a read of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const [i, client] of clients.entries()) if (i % 2) client.send('0\r\n\r\n');
  const { worker } = h;
  h.pool.place.connected(worker);
  await until(() => worker.streams.length === clients.length && worker.streams.every(({ isEnded }) => isEnded), 5_000, 'all bodies');
  for (const stream of worker.streams) assert.equal(stream.body, bodies[Number(stream.head.url.slice(1))], stream.head.url);
});

test('requests that wait behind others of their connection stay what they were while others are read', async () => {
  await using h = await startAdapter();
  const client = await h.client();
  const other = await h.client();
  for (const each of [client, other]) {
    each.get('/before');
    (await h.worker.request(h.worker.streams.length + 1)).answer('ok');
    await each.until(/ok$/);
    each.take();
  }
  client.send(
    'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nAPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nBGET /c HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  const first = await h.worker.request(3);
  other.get('/other', `X-Long: ${'x'.repeat(500)}\r\n`);
  (await h.worker.request(4)).answer('other');
  await other.until(/other$/);
  first.answer('one');
  const second = await h.worker.request(5);
  assert.deepEqual([second.head.method, second.head.url, second.body], ['POST', '/b', 'B']);
  second.answer('two');
  const third = await h.worker.request(6);
  assert.deepEqual([third.head.method, third.head.url], ['GET', '/c']);
  third.answer('three');
  await client.until(/three$/);
});

test('a head that comes byte by byte is read as one, whatever others send between its bytes', async () => {
  await using h = await startAdapter();
  const slow = await h.client();
  const quick = await h.client();
  h.worker.onOpen = (stream) => setImmediate(() => stream.answer(stream.head.url));
  slow.get('/first');
  await slow.until(/\/first$/);
  slow.take();
  for (const byte of 'GET /slow HTTP/1.1\r\nHost: a\r\nX-Own: slow\r\n\r\n') {
    slow.send(byte);
    quick.get('/quick', 'X-Own: quick\r\n');
    await quick.until(/\/quick$/);
    quick.take();
  }
  await slow.until(/\/slow$/);
  const { head } = h.worker.streams.find(({ head: { url } }) => url === '/slow')!;
  assert.deepEqual(head.headers.slice(0, 4), ['Host', 'a', 'X-Own', 'slow']);
});

test('a client whose body nobody takes is read no further, and goes on when it is taken', async () => {
  await using h = await startAdapter();
  const client = await h.client();
  client.get('/before');
  (await h.worker.request()).answer('ok');
  await client.until(/ok$/);
  const chunk = Buffer.alloc(1 << 20, 'u');
  client.send(`POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 * chunk.length}\r\n\r\n`);
  const stream = await h.worker.request(2);
  stream.sendHead(200, ['Content-Length: 2']);
  stream.hasCredit = false;
  for (let i = 0; i < 64; i++) client.send(chunk);
  await until(() => stream.chunks.length > 0, 5_000, 'bytes');
  const taken = (): number => stream.chunks.reduce((sum, { length }) => sum + length, 0);
  const before = taken();
  (await h.client()).get('/meanwhile');
  (await h.worker.request(3)).answer('ok');
  assert.equal(taken(), before, 'nothing was read while there was no credit');
  stream.hasCredit = true;
  stream.handler.onCredit();
  await until(() => stream.isEnded, 20_000, 'the whole body');
  assert.equal(taken(), 64 * chunk.length);
  assert.ok(stream.chunks.every((bytes) => bytes.every((byte) => byte === 0x75)));
});
