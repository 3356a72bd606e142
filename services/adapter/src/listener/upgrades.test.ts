import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeStream } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { type Harness, startAdapter } from '../testing/harness.ts';
import type { RawClient } from '../testing/raw-client.ts';

const UPGRADE = 'Connection: keep-alive, Upgrade\r\nUpgrade: echo\r\n';
const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

interface Asked extends AsyncDisposable {
  readonly harness: Harness;
  readonly client: RawClient;
  readonly stream: FakeStream;
}

/** A client whose upgrade is with the worker. */
async function ask(lines = UPGRADE, behind = ''): Promise<Asked> {
  const harness = await startAdapter();
  const client = await harness.client();
  client.send(`GET /chat HTTP/1.1\r\nHost: shop.example\r\n${lines}\r\n${behind}`);
  await until(() => harness.worker.streams.length === 1, 5_000, 'the request');
  return { harness, client, stream: harness.worker.streams[0]!, [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

async function switched(lines?: string, behind?: string): Promise<Asked> {
  const asked = await ask(lines, behind);
  asked.stream.sendHead(101, ['Upgrade: echo'], 'close', true);
  await asked.client.until(/^HTTP\/1\.1 101 .*\r\n\r\n/s);
  return asked;
}

test('an upgrade opens without an end, and its bytes wait for the answer', async () => {
  await using asked = await ask(UPGRADE, 'early');
  const { stream, client } = asked;
  assert.deepEqual([stream.isBodyless, stream.isEnded, stream.body], [false, false, '']);
  assert.ok(stream.head.headers.join('|').includes('Connection|keep-alive, Upgrade|Upgrade|echo'));
  client.send(' and more');
  stream.sendHead(101, ['Upgrade: echo', 'X-Own: 1'], 'close', true);
  await until(() => stream.body === 'early and more', 5_000, 'the bytes that waited');
  const head = await client.until(/\r\n\r\n/);
  assert.match(head, /^HTTP\/1\.1 101 [^\r]*\r\nUpgrade: echo\r\nX-Own: 1\r\nConnection: Upgrade\r\nx-request-id: [^\r]+\r\n\r\n$/);
});

test('bytes go both ways until both halves have ended', async () => {
  await using asked = await switched();
  const { stream, client, harness } = asked;
  client.take();
  stream.sendData('GET / HTTP/1.1\r\n\r\n');
  await client.until(/^GET \/ HTTP\/1\.1\r\n\r\n$/);
  client.send('POST x\r\n\r\n');
  await until(() => stream.body === 'POST x\r\n\r\n', 5_000, 'bytes of the client');
  client.socket.end();
  await until(() => stream.isEnded, 5_000, 'the end of the client half');
  stream.sendData(' bye');
  await client.until(/ bye$/);
  assert.equal(harness.pool.counters.answered, 0);
  stream.sendEnd();
  await client.ended();
  assert.equal(client.errorCode, undefined);
  await until(() => harness.pool.counters.answered === 1, 5_000, 'it to be counted');
  const [duration] = harness.pool.counters.durations.all();
  assert.deepEqual([duration?.method, duration?.status], ['GET', 101]);
});

test('a half that the app ends is a FIN, and the client may go on', async () => {
  await using asked = await switched();
  const { stream, client, harness } = asked;
  stream.sendData('last');
  stream.sendEnd();
  await client.ended();
  client.send('still here');
  await until(() => stream.body === 'still here', 5_000, 'bytes behind the end of the answer');
  client.socket.end();
  await until(() => harness.pool.counters.answered === 1, 5_000, 'the end');
});

test('a worker without credit stops the client, and a client that stops reading gives no credit', async () => {
  await using asked = await switched();
  const { stream, client } = asked;
  stream.hasCredit = false;
  client.send('a');
  await until(() => stream.body === 'a', 5_000, 'the first byte');
  client.send('b');
  client.socket.pause();
  const chunk = Buffer.alloc(1 << 20, 'x');
  const before = stream.consumedBytes;
  for (let sent = 0; sent < 40; sent++) stream.sendData(chunk);
  const given = stream.consumedBytes - before;
  assert.ok(given < 20 << 20, `${given} bytes were given back`);
  assert.equal(stream.body, 'a');
  stream.hasCredit = true;
  stream.handler.onCredit();
  await until(() => stream.body === 'ab', 5_000, 'the second byte');
  client.socket.resume();
  await until(() => stream.consumedBytes - before === 40 << 20, 10_000, 'all credit');
});

test('any other head ends the half at once, and bytes that waited are the next request', async () => {
  await using asked = await ask(UPGRADE, 'GET /next HTTP/1.1\r\nHost: shop.example\r\n\r\n');
  const { stream, client, harness } = asked;
  stream.sendHead(200, ['Content-Length: 2']);
  assert.equal(stream.isEnded, true);
  assert.equal(harness.worker.streams.length, 1);
  stream.sendData('no');
  stream.sendEnd();
  await until(() => harness.worker.streams.length === 2, 5_000, 'the next request');
  assert.equal(harness.worker.streams[1]!.head.url, '/next');
  harness.worker.streams[1]!.answer('next');
  assert.match(await client.until(/next$/), /^HTTP\/1\.1 200 OK\r\n.*no.*HTTP\/1\.1 200 OK\r\n/s);
});

test('a client that has half closed before the answer is told to the app behind its bytes', async () => {
  await using asked = await ask(UPGRADE, 'all');
  const { stream, client } = asked;
  client.socket.end();
  stream.sendHead(101, ['Upgrade: echo'], 'close', true);
  await until(() => stream.isEnded, 5_000, 'the end');
  assert.equal(stream.body, 'all');
  stream.sendData('answer');
  stream.sendEnd();
  assert.match(await client.ended(), /answer$/);
});

test('with a body, or to HTTP itself, the field is not passed on and the request is an ordinary one', async () => {
  await using harness = await startAdapter();
  for (const lines of ['Upgrade: echo\r\nContent-Length: 2\r\n', 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n']) {
    const client = await harness.client();
    client.send(`POST / HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\n${lines}\r\n${lines.includes('Length') ? 'ab' : ''}`);
    const count = harness.worker.streams.length;
    await until(() => harness.worker.streams.length > count, 5_000, 'the request');
    const stream = harness.worker.streams.at(-1)!;
    await until(() => stream.isEnded, 5_000, 'its end');
    const names = stream.head.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    assert.deepEqual(
      names.filter((name) => name === 'upgrade' || name === 'http2-settings'),
      [],
    );
    stream.answer();
    await client.until(/ok$/);
  }
});

test('an upgrade waits behind the requests before it, and none is begun beside it', async () => {
  await using harness = await startAdapter();
  const client = await harness.client();
  client.get('/first').send(`GET /chat HTTP/1.1\r\nHost: shop.example\r\n${UPGRADE}\r\nraw`);
  await until(() => harness.worker.streams.length === 1, 5_000, 'the first');
  harness.worker.streams[0]!.answer('first');
  await until(() => harness.worker.streams.length === 2, 5_000, 'the upgrade');
  const stream = harness.worker.streams[1]!;
  stream.sendHead(101, ['Upgrade: echo'], 'close', true);
  await until(() => stream.body === 'raw', 5_000, 'its bytes');
});

test('it is moved while it was not begun, and never replayed', async () => {
  await using asked = await ask();
  const { stream, client, harness } = asked;
  stream.sendReset('NOT_BEGUN');
  await until(() => harness.worker.streams.length === 2, 5_000, 'it to be moved');
  harness.worker.streams[1]!.sendReset('WORKER_DIED');
  assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 502 /);
  assert.equal(harness.worker.streams.length, 2);
});

test('how a connection ends at the worker is how it ends at the client', async () => {
  for (const { lines, cause, hasReset } of [
    { lines: UPGRADE, cause: 'APP_ABORTED', hasReset: false },
    { lines: UPGRADE, cause: 'CONNECTION_RESET', hasReset: true },
    { lines: UPGRADE, cause: 'WORKER_DIED', hasReset: true },
    { lines: WEBSOCKET, cause: 'WORKER_DIED', hasReset: false },
  ] as const) {
    await using asked = await switched(lines);
    asked.stream.sendData('sent before');
    await asked.client.until(/sent before$/);
    asked.stream.sendReset(cause);
    await asked.client.ended();
    assert.equal(asked.client.errorCode, hasReset ? 'ECONNRESET' : undefined, `${lines} ${cause}`);
  }
});

test('a client that resets is told to the app as gone, and counted so', async () => {
  await using asked = await switched();
  asked.client.socket.resetAndDestroy();
  await until(() => asked.stream.resetCause === 'CLIENT_CLOSED', 5_000, 'the reset');
  assert.equal(asked.harness.pool.counters.clientClosed, 1);
  assert.equal(asked.harness.worker.inFlight, 0);
});

test('neither idleTimeout nor requestTimeout ends an upgraded connection', async () => {
  await using harness = await startAdapter({ limits: { idleTimeoutMs: 150, requestTimeoutMs: 150 } });
  const client = await harness.client();
  client.send(`GET /chat HTTP/1.1\r\nHost: shop.example\r\n${UPGRADE}\r\n`);
  await until(() => harness.worker.streams.length === 1, 5_000, 'the request');
  const stream = harness.worker.streams[0]!;
  stream.sendHead(101, ['Upgrade: echo'], 'close', true);
  // Connections that are idle for as long: their ends say that the time has passed, twice.
  for (const url of ['/a', '/b']) {
    const other = (await harness.client()).get(url);
    await until(() => harness.worker.streams.at(-1)!.head.url === url, 5_000, url);
    harness.worker.streams.at(-1)!.answer();
    await other.ended();
  }
  assert.deepEqual([client.hasEnded, stream.resetCause], [false, undefined]);
});
