import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@baton/core';
import { type Served, serve } from '../testing/serve.ts';

const listen = (listener: RequestListener, limits = {}): Promise<Served> => serve(createServer(listener), limits);

test('a hello world is one head, its bytes and an end', async () => {
  using app = await listen((_request, response) => response.end('hello'));
  const { head, body, reset } = await app.ask().done;
  assert.equal(reset, undefined);
  assert.equal(String(body), 'hello');
  assert.deepEqual(
    { ...head, headers: head?.headers.replace(/Date: .*\r\n/, '') },
    {
      status: 200,
      reason: 'OK',
      headers: 'Content-Length: 5\r\n',
      framing: 'length',
      close: false,
    },
  );
});

test('the socket says who the client is and which port it came to', async () => {
  using app = await listen(({ socket }, response) => {
    response.end(
      JSON.stringify([
        socket.remoteAddress,
        socket.remotePort,
        socket.remoteFamily,
        socket.localAddress,
        socket.localPort,
        socket.address(),
        'encrypted' in socket && socket.encrypted,
        socket instanceof net.Socket,
      ]),
    );
  });
  const { body } = await app.ask({ encrypted: true, remoteAddress: '2001:db8::1' }).done;
  assert.deepEqual(JSON.parse(String(body)), [
    '2001:db8::1',
    50_000,
    'IPv6',
    '10.0.0.1',
    8080,
    { address: '10.0.0.1', family: 'IPv4', port: 8080 },
    true,
    true,
  ]);
});

test('a client that stops reading stalls only its own response', async () => {
  let writes = 0;
  using app = await listen(
    async (request, response) => {
      if (request.url === '/small') return void response.end('small');
      for (; writes < 200; writes++) if (!response.write(Buffer.alloc(1_000, 'x'))) await once(response, 'drain');
      response.end();
    },
    { initialCredit: 20_000 },
  );
  const big = app.ask({ isStalling: true });
  await until(() => big.answer.body.length === 20_000, 5_000, 'the credit to be used up');
  assert.equal(String((await app.ask({ url: '/small' }).done).body), 'small');
  assert.ok(writes < 150, `the app has written ${writes} kB and should have waited`);
  while (big.answer.body.length < 200_000) {
    big.take();
    await delay(1);
  }
  assert.equal((await big.done).body.length, 200_000);
});

test('finish comes when the last byte is on its way, not before', async () => {
  const told: string[] = [];
  using app = await listen(
    (_request, response) => {
      response.on('finish', () => told.push('finish')).on('close', () => told.push('close'));
      response.end('x'.repeat(5_000));
    },
    { initialCredit: 1_000 },
  );
  const asked = app.ask({ isStalling: true });
  await until(() => asked.answer.body.length === 1_000, 5_000, 'the credit to be used up');
  assert.deepEqual(told, []);
  while (asked.answer.body.length < 5_000) {
    asked.take();
    await delay(1);
  }
  asked.take();
  await asked.done;
  await until(() => told.length === 2, 5_000, 'the end of the response');
  assert.deepEqual(told, ['finish', 'close']);
});

test('credit for a request body comes back only as the app reads', async () => {
  const chunks: Buffer[] = [];
  let read: () => void = () => {};
  using app = await listen(
    (request, response) => {
      read = () =>
        request
          .on('data', (chunk) => chunks.push(chunk))
          .on('end', () => response.end('read'))
          .resume();
      request.pause();
    },
    { initialCredit: 100_000 },
  );
  const asked = app.ask({ method: 'POST', isOpen: true });
  let hasCredit = true;
  for (let count = 0; count < 100 && hasCredit; count++) hasCredit = asked.stream.write(Buffer.alloc(10_000));
  assert.equal(hasCredit, false);
  await delay(20);
  assert.ok(asked.stream.buffered >= 0);
  asked.stream.write(Buffer.alloc(300_000));
  await delay(20);
  assert.ok(asked.stream.buffered > 200_000, `${asked.stream.buffered} bytes should still wait`);
  asked.stream.end();
  read();
  assert.equal(String((await asked.done).body), 'read');
  assert.equal(Buffer.concat(chunks).length, 400_000);
});

test('an error thrown by a handler leaves the other requests of the batch alone', async () => {
  using app = await listen((request, response) => {
    if (request.url === '/throw') throw new Error('thrown on purpose');
    response.end('fine');
  });
  const uncaught = new Promise<Error>((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  const all = ['/1', '/throw', '/2'].map((url) => app.ask({ url }));
  assert.equal(String((await all[0]?.done)?.body), 'fine');
  assert.equal(String((await all[2]?.done)?.body), 'fine');
  const error = await uncaught;
  process.setUncaughtExceptionCaptureCallback(null);
  assert.equal(error.message, 'thrown on purpose');
});

test('a response shorter than its Content-Length breaks the connection, a longer one is cut to it', async () => {
  using app = await listen((request, response) => {
    response.setHeader('Content-Length', 5);
    response.end(request.url === '/short' ? 'abc' : 'abcdefgh');
  });
  assert.match((await app.ask({ url: '/short' }).done).reset ?? '', /^APP_ABORTED/);
  const long = await app.ask({ url: '/long' }).done;
  assert.equal(long.reset, undefined);
  assert.equal(String(long.body), 'abcde');
});

test('busy and calm are told once for requests that overlap', async () => {
  using app = await listen((_request, response) => setTimeout(() => response.end(), 10));
  await Promise.all([app.ask().done, app.ask().done, app.ask().done]);
  await until(() => app.activity.includes('calm'), 5_000, 'calm');
  assert.deepEqual(app.activity, ['busy', 'calm']);
});

test('nothing is kept of requests that have ended', async () => {
  const server = createServer((_request, response) => response.end('x'));
  using app = await serve(server);
  for (let round = 0; round < 50; round++) await app.ask().done;
  await until(() => app.tally.inFlight === 0, 5_000, 'no request in flight');
  assert.equal(app.tally.served, 50);
  assert.equal((server as unknown as { _connections: number })._connections, 0);
});

test('a response that ends while its body comes lets the body run out', async () => {
  using app = await listen((_request, response) => response.end('early'));
  const asked = app.ask({ method: 'POST', isOpen: true });
  for (let round = 0; round < 20; round++) asked.stream.write(Buffer.alloc(50_000));
  await asked.done;
  asked.stream.end();
  await until(() => app.tally.inFlight === 0, 5_000, 'the body to have run out');
  assert.equal(String(asked.answer.body), 'early');
});
