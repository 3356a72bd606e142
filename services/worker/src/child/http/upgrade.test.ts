import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import net, { type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type Ask, type Asked, type Served, serve } from '../testing/serve.ts';

const UPGRADE: Ask = { isOpen: true, url: '/chat', headers: ['Host', 'app.test', 'Connection', 'keep-alive, Upgrade', 'Upgrade', 'echo'] };
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

interface Upgraded extends Served {
  readonly asked: Asked;
  readonly socket: Socket;
  readonly req: IncomingMessage;
}

/** An upgrade that the app has, before it answers. */
async function upgrade(limits = {}, prepare: (server: Server) => void = () => {}): Promise<Upgraded> {
  const server = createServer();
  prepare(server);
  const given = once(server, 'upgrade');
  const app = await serve(server, limits);
  const asked = app.ask(UPGRADE);
  const [req, socket, head] = (await given) as [IncomingMessage, Socket, Buffer];
  assert.equal(head.length, 0);
  // The end of a test cuts it.
  socket.on('error', () => {});
  return { ...app, asked, socket, req, [Symbol.dispose]: () => app[Symbol.dispose]() };
}

test("'upgrade' gives the request, a socket that knows its ends, and an empty head", async () => {
  using app = await upgrade();
  const { req, socket } = app;
  assert.deepEqual([req.method, req.url, req.headers.upgrade, Reflect.get(req, 'upgrade')], ['GET', '/chat', 'echo', true]);
  assert.equal(req.socket, socket);
  assert.ok(socket instanceof net.Socket);
  assert.deepEqual(
    [socket.remoteAddress, socket.remotePort, socket.remoteFamily, socket.localPort, socket.readyState, socket.address()],
    ['10.0.0.7', 50_000, 'IPv4', 8080, 'open', { address: '10.0.0.1', family: 'IPv4', port: 8080 }],
  );
});

test('101 written by hand becomes a head, and what follows goes both ways as bytes', async () => {
  using app = await upgrade();
  app.socket.on('data', (chunk) => app.socket.write(chunk));
  app.socket.write(SWITCH.slice(0, 20));
  app.socket.write(`${SWITCH.slice(20)}first`);
  await until(() => app.asked.answer.body.length === 5, 5_000, 'the first bytes');
  const { head } = app.asked.answer;
  assert.deepEqual([head?.status, head?.framing, head?.headers], [101, 'close', 'Upgrade: echo\r\n']);
  app.asked.stream.write(Buffer.from(' HTTP/1.1 200 OK\r\n\r\n'));
  await until(() => String(app.asked.answer.body) === 'first HTTP/1.1 200 OK\r\n\r\n', 5_000, 'the echo');
});

test('each half ends by itself, and the connection counts until both have', async () => {
  using app = await upgrade();
  const { asked, socket } = app;
  socket.write(SWITCH);
  socket.resume();
  asked.stream.end();
  await once(socket, 'end');
  assert.equal(socket.readyState, 'writeOnly');
  assert.equal(app.tally.inFlight, 1);
  const closed = once(socket, 'close');
  socket.end('last words');
  assert.equal(String((await asked.done).body), 'last words');
  assert.deepEqual(await closed, [false]);
  await until(() => app.tally.inFlight === 0, 5_000, 'it to be counted');
  assert.deepEqual([app.tally.served, app.activity], [1, ['busy', 'calm']]);
  assert.equal(asked.answer.reset, undefined);
});

test('destroy closes the connection, resetAndDestroy resets it, and a client that is gone is ECONNRESET', async () => {
  for (const [end, reset] of [
    [(socket: Socket) => void socket.destroy(), 'APP_ABORTED: '],
    [(socket: Socket) => void socket.resetAndDestroy(), 'CONNECTION_RESET: '],
  ] as const) {
    using app = await upgrade();
    app.socket.write(SWITCH);
    const closed = once(app.socket, 'close');
    end(app.socket);
    assert.equal((await app.asked.done).reset, reset);
    await closed;
    await until(() => app.tally.inFlight === 0, 5_000, 'it to be counted');
  }
  using app = await upgrade();
  app.socket.write(SWITCH);
  await until(() => app.asked.answer.head !== undefined, 5_000, 'the head');
  const failed = once(app.socket, 'error');
  app.asked.stream.reset('CLIENT_CLOSED');
  assert.equal(((await failed)[0] as NodeJS.ErrnoException).code, 'ECONNRESET');
  assert.deepEqual(await once(app.socket, 'close'), [true]);
});

test('an app that destroys a socket it has half closed takes nothing more, and the adapter hears it', async () => {
  using app = await upgrade();
  app.socket.write(SWITCH);
  app.socket.end();
  await app.asked.done;
  app.socket.destroy();
  await until(() => app.asked.discarded === 'APP_ABORTED', 5_000, 'the reset behind the end');
});

test('credit comes back as the app reads, and its writes wait for the client', async () => {
  using app = await upgrade({ initialCredit: 20_000 });
  const { socket, asked } = app;
  socket.pause();
  socket.write(SWITCH);
  asked.stream.write(Buffer.alloc(200_000, 'a'));
  await until(() => socket.readableLength > socket.readableHighWaterMark, 5_000, 'the socket to be full');
  assert.ok(asked.stream.buffered >= 100_000, `${asked.stream.buffered}`);
  let bytes = 0;
  socket.on('data', (chunk) => (bytes += chunk.length)).resume();
  await until(() => bytes === 200_000, 5_000, 'all of it');
  assert.equal(socket.bytesRead, 200_000);
});

test('a client that stops reading makes write say no, and drain comes when it reads on', async () => {
  const server = createServer();
  const given = once(server, 'upgrade');
  using app = await serve(server, { initialCredit: 20_000 });
  const asked = app.ask({ ...UPGRADE, isStalling: true });
  const [, socket] = (await given) as [IncomingMessage, Socket];
  socket.on('error', () => {});
  socket.write(SWITCH);
  assert.equal(socket.write(Buffer.alloc(100_000, 'b')), false);
  const drained = once(socket, 'drain');
  const giving = setInterval(() => asked.take(), 1);
  await drained;
  clearInterval(giving);
  assert.ok(asked.answer.body.length >= 80_000, `${asked.answer.body.length}`);
});

test('a refusal written by hand is an ordinary answer', async () => {
  using app = await upgrade();
  app.socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
  const { head, body } = await app.asked.done;
  assert.deepEqual([head?.status, head?.framing, head?.close, String(body)], [401, 'length', true, 'no']);
});

test('a server without a listener, or that decides against it, gets an ordinary request that is complete', async () => {
  for (const options of [{}, { shouldUpgradeCallback: () => false }]) {
    const server = createServer(options, async (request, response) => {
      for await (const _chunk of request);
      response.end(`${request.headers.upgrade} ${Reflect.get(request, 'upgrade')}`);
    });
    if ('shouldUpgradeCallback' in options) server.on('upgrade', () => assert.fail('it was decided against'));
    using app = await serve(server);
    const asked = app.ask(UPGRADE);
    assert.equal(String((await asked.done).body), 'echo false');
    asked.stream.end();
    assert.equal(String((await app.ask().done).body), 'undefined false');
  }
});

test('a server that decides for it and has no listener closes the connection, as Node does', async () => {
  using app = await serve(createServer({ shouldUpgradeCallback: () => true }));
  assert.equal((await app.ask(UPGRADE).done).reset, 'APP_ABORTED: ');
});

test('Upgrade without Connection, in HTTP/1.0 or with a body is an ordinary request', async () => {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('ordinary')));
  server.on('upgrade', () => assert.fail('it is no upgrade'));
  using app = await serve(server);
  const lines = ['Host', 'app.test', 'Connection', 'Upgrade', 'Upgrade', 'echo'];
  for (const ask of [
    { headers: ['Host', 'app.test', 'Upgrade', 'echo'] },
    { headers: lines, httpVersion: '1.0' as const },
    { headers: [...lines, 'Content-Length', '2'] },
    { headers: [...lines, 'Transfer-Encoding', 'chunked'] },
  ])
    assert.equal(String((await app.ask({ ...ask, body: 'ab' }).done).body), 'ordinary');
});

test('the timeout of an upgraded socket is the socket own, and close of the server waits for it', async () => {
  using app = await upgrade({}, (server) => void server.setTimeout(60_000));
  const { socket } = app;
  const { server } = socket as unknown as { server: Server };
  socket.write(SWITCH);
  assert.equal(socket.timeout, 60_000);
  let isClosed = false;
  server.close(() => (isClosed = true));
  server.closeAllConnections();
  const timedOut = once(socket, 'timeout');
  socket.setTimeout(20);
  await timedOut;
  assert.deepEqual([socket.destroyed, isClosed], [false, false]);
  socket.destroy();
  await until(() => isClosed, 5_000, 'the server to be closed');
});
