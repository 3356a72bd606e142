import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import {
  GL_STOP_LISTENING,
  type HttpContext,
  type HttpModule,
  type ModuleRegistrationInfo,
  RQ_BEGIN_REQUEST,
  RQ_END_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_FINISH_REQUEST,
} from '../index.ts';
import { startTestHost } from './index.ts';

function module(handlers: HttpModule) {
  const mask = (handlers.onBeginRequest ? RQ_BEGIN_REQUEST : 0) | (handlers.onEndRequest ? RQ_END_REQUEST : 0);
  return {
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => Object.create(handlers) }, mask, 0),
  };
}

/** Lets in who says "open", and writes down how the requests began and ended. */
function guard(seen: string[], refusal = 'who are you?') {
  return module({
    onBeginRequest(context: HttpContext) {
      const request = context.getRequest();
      seen.push(`begin ${request.getHeader('upgrade') ?? request.getHttpMethod()}`);
      if (request.getHeader('authorization') === 'open') return RQ_NOTIFICATION_CONTINUE;
      context.getResponse().setStatus(401, 'Unauthorized');
      context.getResponse().writeEntityChunks(refusal);
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
    onEndRequest(context: HttpContext) {
      seen.push(`end ${context.getResponse().getStatus().statusCode}`);
      return RQ_NOTIFICATION_CONTINUE;
    },
  });
}

/** An app that says back what it hears. */
function echo(): Server {
  const app = createServer((_req, res) => void res.end('a page'));
  const sockets = new WebSocketServer({ server: app });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
  return app;
}

const socketOf = (url: string, authorization: string) => new WebSocket(url.replace('http', 'ws'), { headers: { authorization } });

suite('a WebSocket through the modules of a test host', () => {
  test('is let through by a module, is the app’s, and its request ends with it', async () => {
    const seen: string[] = [];
    await using host = await startTestHost({ modules: { guard: guard(seen) }, app: echo() });
    const socket = socketOf(host.url, 'open');
    await once(socket, 'open');
    socket.send('hello');
    const [data] = await once(socket, 'message');
    assert.equal(String(data), 'echo hello');
    assert.deepEqual([seen, host.requests], [['begin websocket'], 1]);
    socket.close();
    await once(socket, 'close');
    while (host.requests > 0) await new Promise(setImmediate);
    assert.deepEqual(seen, ['begin websocket', 'end 101']);
  });

  test('is refused by an ordinary answer of a module, whole, however long, and the app hears nothing', async () => {
    const seen: string[] = [];
    const app = createServer();
    app.on('upgrade', () => assert.fail('the app has it'));
    const refusal = 'x'.repeat(3 << 20);
    await using host = await startTestHost({ modules: { guard: guard(seen, refusal) }, app });
    const socket = socketOf(host.url, 'closed');
    const [, response] = await once(socket, 'unexpected-response');
    let body = '';
    for await (const chunk of response) body += chunk;
    assert.deepEqual([response.statusCode, body.length], [401, refusal.length]);
    while (host.requests > 0) await new Promise(setImmediate);
    assert.deepEqual(seen, ['begin websocket', 'end 401']);
  });

  test('is refused by a module that waits for each of its flushes', async () => {
    const piece = Buffer.alloc(1 << 20, 'x');
    const refusing = module({
      async onBeginRequest(context) {
        const response = context.getResponse();
        response.setStatus(503, 'Later');
        for (let count = 0; count < 4; count++) {
          response.writeEntityChunkByReference(piece);
          await response.flush();
        }
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    });
    await using host = await startTestHost({ modules: { refusing }, app: echo() });
    const [, response] = await once(socketOf(host.url, 'closed'), 'unexpected-response');
    let length = 0;
    for await (const chunk of response) length += chunk.length;
    assert.deepEqual([response.statusCode, length], [503, 4 << 20]);
  });

  test('goes to the app as it is when no module hears of requests', async () => {
    await using host = await startTestHost({ app: echo() });
    const socket = socketOf(host.url, '');
    await once(socket, 'open');
    socket.send('hi');
    assert.equal(String((await once(socket, 'message'))[0]), 'echo hi');
    assert.equal(await (await host.fetch('/')).text(), 'a page');
    socket.close();
    await once(socket, 'close');
  });

  test('holds the stop up to its deadline, and is broken off then', async () => {
    const host = await startTestHost({ modules: { guard: guard([]) }, app: echo() });
    const socket = socketOf(host.url, 'open');
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const stopped = host.stop({ timeoutMs: 100 });
    assert.equal(await Promise.race([closed.then(() => 'closed'), new Promise((resolve) => setTimeout(resolve, 20, 'open'))]), 'open');
    await Promise.all([stopped, closed]);
    assert.equal(host.requests, 0, 'END_REQUEST has run');
  });

  test('whose app takes no upgrades is an ordinary request', async () => {
    const seen: string[] = [];
    await using host = await startTestHost({ modules: { guard: guard(seen) }, app: (_req, res) => void res.end('a page') });
    const socket = socketOf(host.url, 'open');
    const [, response] = await once(socket, 'unexpected-response');
    assert.equal(response.statusCode, 200);
    response.resume();
    await once(response, 'end');
    while (host.requests > 0) await new Promise(setImmediate);
    assert.deepEqual(seen, ['begin websocket', 'end 200']);
  });

  test('whose client has left while a module had it is not the app’s', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const slow = module({
      async onBeginRequest() {
        begun.resolve();
        await promise;
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    const app = createServer();
    app.on('upgrade', () => assert.fail('the app has it'));
    await using host = await startTestHost({ modules: { slow }, app });
    const client = connect(Number(new URL(host.url).port), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: any\r\n\r\n');
    await begun.promise;
    client.resetAndDestroy();
    await new Promise((done) => setTimeout(done, 50));
    resolve();
    while (host.requests > 0) await new Promise(setImmediate);
  });
});

test('the stop of a test host waits for what modules still log', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const logging = module({
    async onEndRequest() {
      await promise;
      seen.push('ended');
      return RQ_NOTIFICATION_CONTINUE;
    },
  });
  const terminating = {
    registerModule: (version: number, info: ModuleRegistrationInfo) => {
      logging.registerModule(version, info);
      info.setGlobalNotifications({ terminate: () => void seen.push('unloaded') }, GL_STOP_LISTENING);
    },
  };
  const host = await startTestHost({ modules: { terminating }, app: (_req, res) => void res.end('out') });
  assert.equal(await (await host.fetch('/')).text(), 'out');
  const stopped = host.stop();
  await new Promise(setImmediate);
  resolve();
  await stopped;
  assert.deepEqual(seen, ['ended', 'unloaded']);
});

suite('a client of a test host that waits for 100', () => {
  const ask = (url: string) => request(url, { method: 'POST', headers: { expect: '100-continue', 'content-length': 4 } });

  test('gets the answer of a module that never reads, and no 100', async () => {
    await using host = await startTestHost({ modules: { guard: guard([]) }, app: () => assert.fail('the app has it') });
    const asked = ask(host.url);
    asked.on('continue', () => assert.fail('100'));
    asked.flushHeaders();
    const [response] = await once(asked, 'response');
    assert.equal(response.statusCode, 401);
    asked.destroy();
  });

  for (const [who, app] of [
    ['that reads', createServer((req, res) => void req.pipe(res))],
    [
      'that decides for itself',
      createServer().on('checkContinue', (req, res) => {
        res.writeContinue();
        req.pipe(res);
      }),
    ],
  ] as const)
    test(`gets it once from an app ${who}, and once from a module that has read before`, async () => {
      const reader = module({
        async onBeginRequest(context) {
          if (context.getRequest().getHttpMethod() !== 'PUT') return RQ_NOTIFICATION_CONTINUE;
          const buffer = Buffer.alloc(16);
          const bytes = await context.getRequest().readEntityBody(buffer);
          context.getRequest().insertEntityBody(buffer.subarray(0, bytes));
          return RQ_NOTIFICATION_CONTINUE;
        },
      });
      await using host = await startTestHost({ modules: { reader }, app });
      for (const method of ['POST', 'PUT']) {
        const asked = request(host.url, { method, headers: { expect: '100-continue', 'content-length': 4 } });
        let told = 0;
        asked.on('continue', () => {
          told++;
          asked.end('body');
        });
        asked.flushHeaders();
        const [response] = await once(asked, 'response');
        let body = '';
        for await (const chunk of response) body += chunk;
        assert.deepEqual([method, body, told], [method, 'body', 1]);
      }
    });
});
