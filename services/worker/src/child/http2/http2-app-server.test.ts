import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { constants, createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { describe, it } from 'node:test';
import { defer, until } from '@baton/core';
import { type Served, serve } from '../testing/serve.ts';

const open = (server: unknown, limits = {}, closing?: { isHeld: boolean; serves: boolean }): Promise<Served> =>
  serve(server as Server, limits, closing);

const GRPC = ['Host', 'app.test', 'content-type', 'application/grpc', 'te', 'trailers', 'transfer-encoding', 'chunked'];

function onStream(server: Http2Server, answer: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void): Http2Server {
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers as Record<string, unknown>);
  });
  return server;
}

describe('an app that is a server of HTTP/2', () => {
  it('gets a request as a stream of its client, and answers it', async () => {
    const seen = defer<Record<string, unknown>>();
    const server = onStream(createServer(), (stream, headers) => {
      const { socket, encrypted } = stream.session!;
      seen.resolve({ ...headers, address: socket.remoteAddress, port: socket.remotePort, local: socket.localPort, encrypted });
      stream.respond({ ':status': 201, 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] });
      stream.end('made');
    });
    using served = await open(server);
    const headers = ['Host', 'app.test', 'Connection', 'close, X-Hop', 'X-Hop', '1', 'Keep-Alive', '5', 'X-Two', 'a', 'X-Two', 'b'];
    const { head, body, trailers } = await served.ask({ url: '/x?y=1', headers }).done;
    const { address, port, local, ...fields } = await seen.promise;
    assert.deepEqual([address, port, local], ['10.0.0.7', 50_000, 8080]);
    assert.deepEqual(
      [fields[':method'], fields[':path'], fields[':authority'], fields[':scheme'], fields['x-two']],
      ['GET', '/x?y=1', 'app.test', 'http', 'a, b'],
    );
    for (const name of ['connection', 'keep-alive', 'x-hop', 'host']) assert.equal(fields[name], undefined, name);
    assert.equal(head?.status, 201);
    assert.match(head?.headers ?? '', /set-cookie: a=1\r\nset-cookie: b=2\r\n/);
    assert.deepEqual([body.toString(), trailers], ['made', undefined]);
    await until(() => served.tally.inFlight === 0, 5_000, 'nothing to be in flight', 2);
    assert.deepEqual(served.activity, ['busy', 'calm']);
  });

  it('sends bodies and trailers both ways, and a status of gRPC without a body', async () => {
    const server = onStream(createServer(), (stream, headers) => {
      if (headers[':path'] === '/only') {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' }, { endStream: true });
        return;
      }
      assert.equal(headers.te, 'trailers');
      let text = '';
      let sum: unknown;
      stream.on('trailers', (trailers) => {
        sum = trailers.sum;
      });
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => {
        stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', sum: String(sum) }));
        stream.end(text.toUpperCase());
      });
    });
    using served = await open(server);
    const asked = served.ask({ method: 'POST', headers: GRPC, isOpen: true });
    asked.stream.write(Buffer.from('one '));
    asked.stream.write(Buffer.from('two'));
    asked.stream.end(['Sum', '42']);
    const { head, body, trailers } = await asked.done;
    assert.deepEqual([head?.framing, body.toString(), trailers], ['chunked', 'ONE TWO', ['grpc-status', '0', 'sum', '42']]);
    const only = await served.ask({ method: 'POST', url: '/only', headers: GRPC, body: 'x' }).done;
    assert.deepEqual([only.head?.framing, only.trailers, only.reset], ['none', undefined, undefined]);
    assert.match(only.head?.headers ?? '', /grpc-status: 5/);
  });

  it('hears that its client is gone, and can reset the stream by itself', async () => {
    const gone = defer<number>();
    const server = onStream(createServer(), (stream, headers) => {
      if (headers[':path'] === '/reset') {
        stream.respond({ ':status': 200 });
        stream.write('part', () => stream.destroy(new Error('of the app')));
        return;
      }
      stream.on('aborted', () => gone.resolve(stream.rstCode));
      stream.respond({ ':status': 200 });
      stream.write('begun');
    });
    using served = await open(server);
    const asked = served.ask({ method: 'POST', headers: GRPC, isOpen: true });
    await until(() => asked.answer.body.toString() === 'begun', 5_000, 'the first bytes', 2);
    asked.stream.reset('CLIENT_CLOSED');
    assert.equal(await gone.promise, 8);
    const { reset, body } = await served.ask({ url: '/reset' }).done;
    assert.match(reset ?? '', /^APP_ABORTED: the app reset the stream with code 2/);
    assert.equal(body.toString(), 'part');
    await until(() => served.tally.inFlight === 0, 5_000, 'nothing to be in flight', 2);
  });

  it('lets a slow client wait, and makes a fast one wait', async () => {
    const part = Buffer.alloc(65_536, 'x');
    let written = 0;
    let held: ServerHttp2Stream | undefined;
    const server = onStream(createServer(), (stream, headers) => {
      if (headers[':path'] === '/up') {
        held = stream;
        stream.respond({ ':status': 200 });
        return;
      }
      stream.respond({ ':status': 200 });
      const more = (): void => {
        while (written < 100) {
          written++;
          if (!stream.write(part)) return void stream.once('drain', more);
        }
        stream.end();
      };
      more();
    });
    using served = await open(server);
    const down = served.ask({ url: '/down', isStalling: true });
    await until(() => down.answer.body.length >= 262_144, 5_000, 'the credit to be used up', 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(written < 40, `${written} parts were written although nobody read`);
    const timer = setInterval(() => down.take(), 1);
    const { body } = await down.done;
    clearInterval(timer);
    assert.equal(body.length, 100 * part.length);

    const up = served.ask({ method: 'POST', url: '/up', headers: GRPC, isOpen: true });
    let sent = 0;
    for (; sent < 20; sent++) up.stream.write(part);
    await until(() => held !== undefined, 5_000, 'the stream', 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(up.stream.buffered > 0, 'the client was given credit for what nobody read');
    let got = 0;
    held!.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    up.stream.end();
    await once(held!, 'end');
    assert.equal(got, sent * part.length);
    held!.end();
    await up.done;
  });

  it('passes interim responses on, and answers HEAD and requests of HTTP/1.1 that ask for an upgrade', async () => {
    const server = createServer((request, response) => {
      response.writeEarlyHints({ link: '</a.css>' });
      response.writeHead(200, { 'content-length': 5, 'x-version': request.httpVersion });
      response.end('hello');
    });
    using served = await open(server);
    const get = await served.ask().done;
    assert.equal(get.interim[0]?.status, 103);
    assert.deepEqual([get.head?.framing, get.body.toString()], ['length', 'hello']);
    assert.match(get.head?.headers ?? '', /x-version: 2.0/);
    const head = await served.ask({ method: 'HEAD' }).done;
    assert.deepEqual([head.head?.framing, head.body.length], ['none', 0]);
    const upgrade = await served.ask({ headers: ['Host', 'a', 'Connection', 'Upgrade', 'Upgrade', 'websocket'], isOpen: true }).done;
    assert.equal(upgrade.body.toString(), 'hello');
  });

  it('may be a secure one: requests come as if TLS had ended before it', async () => {
    const server = createSecureServer({ allowHTTP1: true }, (request, response) => {
      response.end(`${request.scheme} ${(request.socket as { encrypted?: boolean }).encrypted}`);
    });
    using served = await open(server);
    const { body } = await served.ask({ encrypted: true }).done;
    assert.equal(body.toString(), 'https true');
  });

  it('sees each connection of a client as one session', async () => {
    let sessions = 0;
    const server = createServer((_request, response) => void response.end('ok'));
    server.on('session', () => sessions++);
    using served = await open(server);
    for (let n = 0; n < 3; n++) await served.ask({ remotePort: 1_000 }).done;
    assert.equal(sessions, 1);
    await served.ask({ remotePort: 1_001 }).done;
    assert.equal(sessions, 2);
  });

  it('goes on after it ended a session, and may be closed: what was sent already is served, then nothing', async () => {
    let last: { close(): void } | undefined;
    const server = createServer((_request, response) => void response.end('ok'));
    server.on('session', (session) => {
      last = session;
    });
    using served = await open(server, {}, { isHeld: true, serves: true });
    assert.equal((await served.ask().done).body.toString(), 'ok');
    last!.close();
    assert.equal((await served.ask().done).body.toString(), 'ok');
    let hasClosed = false;
    server.close(() => {
      hasClosed = true;
    });
    assert.equal((await served.ask().done).body.toString(), 'ok');
    assert.equal(hasClosed, false);
    served.services.release();
    assert.match((await served.ask().done).reset ?? '', /^NOT_BEGUN/);
    await until(() => hasClosed, 5_000, "the callback of the app's close", 2);
  });

  it('refuses a stream before it answers, and the request counts as not begun', async () => {
    const server = onStream(createServer(), (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    using served = await open(server);
    assert.equal((await served.ask().done).reset, 'NOT_BEGUN: the app refused the stream');
    await until(() => served.tally.inFlight === 0, 5_000, 'nothing to be in flight', 2);
  });
});
