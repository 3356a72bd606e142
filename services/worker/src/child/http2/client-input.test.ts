import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { createServer } from 'node:http2';
import { describe, it } from 'node:test';
import { type Served, serve } from '../testing/serve.ts';

const open = (server: unknown): Promise<Served> => serve(server as Server);

/** All rows run in one worker: each has to leave it able to answer the next one. */
describe('an app that is a server of HTTP/2 outlives what a client may send', () => {
  const thrown: unknown[] = [];
  const note = (error: unknown): void => void thrown.push(error);

  it('in a head: fields that Node takes for single ones come as often as they were sent', async () => {
    const server = createServer();
    let raw: readonly string[] = [];
    server.on('stream', (stream, _headers, _flags, pairs) => {
      raw = pairs as unknown as readonly string[];
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    using served = await open(server);
    process.on('uncaughtException', note);
    try {
      for (const name of ['User-Agent', 'Content-Type', 'Authorization', 'DNT', 'Referer', 'If-Match', 'Date', 'Cookie', 'X-Any']) {
        const { reset, head } = await served.ask({ headers: ['Host', 'a', name, 'x', name, 'y'] }).done;
        assert.deepEqual([name, reset, head?.status], [name, undefined, 200]);
        const values = raw.filter((_, at) => at % 2 === 1 && raw[at - 1] === name.toLowerCase());
        assert.deepEqual([name, values], [name, ['x', 'y']]);
      }
      for (const headers of [
        ['Host', 'a', 'TE', 'trailers', 'TE', 'gzip'],
        ['Host', 'a', 'Host', 'b'],
        ['Host', 'a', '__proto__', 'x'],
      ]) {
        assert.equal((await served.ask({ headers }).done).head?.status, 200, String(headers));
      }
      assert.deepEqual(thrown, []);
    } finally {
      process.off('uncaughtException', note);
    }
  });

  it('in a head that HTTP/2 cannot say: that request is given back, the next one is answered', async () => {
    const server = createServer((_request, response) => void response.end('ok'));
    using served = await open(server);
    process.on('uncaughtException', note);
    try {
      for (const ask of [
        { method: 'CONNECT' },
        { method: '' },
        { headers: ['Host', 'a', 'x a', 'b'] },
        { headers: ['Host', 'a', ':path', '/b'] },
        { headers: ['Host', 'a', 'Content-Length', '0', 'Content-Length', '0'] },
        { headers: ['Host', ''] },
        { headers: ['Host', 'a', 'X-A', 'b'.repeat(100_000)] },
      ]) {
        assert.match((await served.ask(ask).done).reset ?? '', /^(NOT_BEGUN|APP_ABORTED): /, JSON.stringify(ask).slice(0, 100));
        assert.equal((await served.ask().done).body.toString(), 'ok');
      }
      assert.deepEqual(thrown, []);
      assert.deepEqual(served.activity.slice(-1), ['calm']);
    } finally {
      process.off('uncaughtException', note);
    }
  });

  it('in trailers: the app gets repeated ones and none of a connection', async () => {
    const server = createServer();
    let raw: readonly string[] = [];
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      stream.on('trailers', (...args: unknown[]) => {
        raw = (args[2] as readonly string[]) ?? [];
      });
      stream.resume();
      stream.on('end', () => {
        stream.respond({ ':status': 200 });
        stream.end('ok');
      });
    });
    using served = await open(server);
    process.on('uncaughtException', note);
    const send = (trailers: readonly string[]): Promise<{ reset: string | undefined; head: { status: number } | undefined }> => {
      raw = [];
      const { stream, done } = served.ask({ method: 'POST', headers: ['Host', 'a', 'Transfer-Encoding', 'chunked'], isOpen: true });
      stream.write(Buffer.from('x'));
      stream.end(trailers);
      return done;
    };
    try {
      const dropped = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'Transfer-Encoding', 'Upgrade', 'HTTP2-Settings', 'TE', 'Host'];
      for (const name of [...dropped, 'Content-Length']) {
        const { head } = await send([name, 'x', 'X-Sum', '7', name, 'x']);
        assert.deepEqual([name, head?.status, raw], [name, 200, ['x-sum', '7']]);
      }
      for (const name of ['Content-Type', 'User-Agent', 'Authorization', 'Date', 'X-Sum', '__proto__']) {
        const { head } = await send([name, 'x', name.toUpperCase(), 'y']);
        const key = name.toLowerCase();
        assert.deepEqual([name, head?.status, raw], [name, 200, [key, 'x', key, 'y']]);
      }
      for (const name of ['x a', ':path', '']) {
        const { head, reset } = await send([name, 'x']);
        assert.ok(head?.status === 200 || reset?.startsWith('APP_ABORTED: '), name);
        assert.equal((await send(['x-sum', '7'])).head?.status, 200);
      }
      assert.deepEqual(thrown, []);
    } finally {
      process.off('uncaughtException', note);
    }
  });
});
