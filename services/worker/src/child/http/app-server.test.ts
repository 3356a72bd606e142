import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import events from 'node:events';
import { createServer, IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@baton/core';
import { type Served, serve } from '../testing/serve.ts';

const listen = (listener: RequestListener, limits = {}): Promise<Served> => serve(createServer(listener), limits);

test('the classes the server was created with are used', async () => {
  class Request extends IncomingMessage {
    readonly kind = 'own request';
  }
  class Response extends ServerResponse<Request> {
    say(text: string): void {
      this.end(text);
    }
  }
  const server = createServer({ IncomingMessage: Request, ServerResponse: Response }, (request, response) => response.say(request.kind));
  using app = await serve(server as unknown as Server);
  assert.equal(String((await app.ask().done).body), 'own request');
});

test('a subclass that replaces the prototypes of both objects changes nothing on the wire', async () => {
  using app = await listen((request, response) => {
    Object.setPrototypeOf(request, Object.create(IncomingMessage.prototype));
    Object.setPrototypeOf(response, Object.create(ServerResponse.prototype));
    response.write('a');
    response.end('b');
  });
  const { head, body } = await app.ask().done;
  assert.equal(head?.framing, 'chunked');
  assert.equal(String(body), 'ab');
});

test('server options that concern requests hold', async () => {
  const server = createServer(
    { joinDuplicateHeaders: true, uniqueHeaders: ['x-once'], optimizeEmptyRequests: true },
    (request, response) => {
      response.setHeader('X-Once', ['a', 'b']);
      response.end(JSON.stringify([request.headers['user-agent'], Object.keys(request.headers).length]));
    },
  );
  server.maxHeadersCount = 3;
  using app = await serve(server);
  const { head, body } = await app.ask({ headers: ['Host', 'a', 'User-Agent', '1', 'User-Agent', '2', 'X-Fourth', '4'] }).done;
  assert.deepEqual(JSON.parse(String(body)), ['1, 2', 2]);
  assert.match(head?.headers ?? '', /X-Once: a; b\r\n/);
});

test("an async handler that rejects is answered by the server's captureRejections", async () => {
  events.captureRejections = true;
  const server = createServer(async () => {
    await delay(1);
    throw new Error('rejected');
  });
  events.captureRejections = false;
  using app = await serve(server);
  const { head, body } = await app.ask().done;
  assert.equal(head?.status, 500);
  assert.equal(String(body), 'Internal Server Error');
});

test("'connection' is emitted for each request's socket", async () => {
  const server = createServer((request, response) => response.end(String(sockets.has(request.socket))));
  const sockets = new Set<unknown>();
  server.on('connection', (socket) => sockets.add(socket));
  using app = await serve(server);
  assert.equal(String((await app.ask().done).body), 'true');
  assert.equal(String((await app.ask().done).body), 'true');
  assert.equal(sockets.size, 2);
});

test('the diagnostics channels of node:http hear of requests', async () => {
  const heard: string[] = [];
  const note = (_message: unknown, name: string | symbol): void => void heard.push(String(name));
  const names = ['http.server.request.start', 'http.server.response.created', 'http.server.response.finish'];
  for (const name of names) subscribe(name, note);
  using app = await listen((_request, response) => response.end());
  await app.ask().done;
  await until(() => heard.length === 3, 5_000, 'three messages');
  for (const name of names) unsubscribe(name, note);
  assert.deepEqual(heard, [names[1], names[0], names[2]]);
});

test('close calls back when the last request has ended, and getConnections counts them', async () => {
  let isFinished = false;
  const server = createServer((_request, response) => {
    response.on('finish', () => {
      isFinished = true;
    });
    setTimeout(() => response.end('waited'), 50);
  });
  using app = await serve(server);
  const waiting = app.ask();
  await until(() => app.tally.inFlight === 1, 5_000, 'a request in flight');
  assert.equal(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count))), 1);
  assert.equal(server.listening, true);
  const closed = new Promise((resolve) => server.close(resolve));
  assert.equal(server.listening, false);
  server.closeIdleConnections();
  assert.equal(await closed, undefined);
  assert.equal(isFinished, true);
  assert.equal(String((await waiting.done).body), 'waited');
  await assert.rejects(new Promise((_resolve, reject) => server.close(reject)), { code: 'ERR_SERVER_NOT_RUNNING' });
});

test('asyncDispose of a server waits for its requests', async () => {
  const server = createServer((_request, response) => setTimeout(() => response.end('in time'), 30));
  using app = await serve(server);
  const asked = app.ask();
  await until(() => app.tally.inFlight === 1, 5_000, 'a request in flight');
  await server[Symbol.asyncDispose]();
  assert.equal(String((await asked.done).body), 'in time');
});

test('closeAllConnections breaks what is in flight', async () => {
  const server = createServer(() => {});
  using app = await serve(server);
  const asked = app.ask();
  await until(() => app.tally.inFlight === 1, 5_000, 'a request in flight');
  server.closeAllConnections();
  assert.match((await asked.done).reset ?? '', /^APP_ABORTED/);
  await until(() => app.tally.inFlight === 0, 5_000, 'no request in flight');
});

test('a request that comes when the app listens no more is given back as not begun', async () => {
  const server = createServer((_request, response) => response.end());
  using app = await serve(server);
  server.close();
  assert.match((await app.ask().done).reset ?? '', /^NOT_BEGUN/);
});

test('a request that was sent before the worker was drained is given to an app that has closed its server, and refused once its time is over', async () => {
  const server = createServer((_request, response) => response.end('still'));
  using app = await serve(server, {}, { isHeld: true, serves: true });
  let isClosed = false;
  server.close(() => {
    isClosed = true;
  });
  assert.equal(String((await app.ask().done).body), 'still');
  assert.equal(isClosed, false, 'the app takes its close callback for leave to end the process');
  app.services.release();
  await until(() => isClosed, 5_000, 'the close callback');
  assert.match((await app.ask().done).reset ?? '', /^NOT_BEGUN/);
});
