import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

describe('limits', () => {
  it('refuse a head above maxHeaderBytes with 431', async () => {
    await using h = await startAdapter({ limits: { maxHeaderBytes: 1000 } });
    const client = await h.client();
    client.get('/', `X-A: ${'a'.repeat(1000)}\r\n`);
    assert.equal(
      await client.ended(),
      'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nx-baton-error: HEADERS_TOO_LARGE\r\n\r\n',
    );
  });

  it("refuse a head above the application's own maxHeaderBytes with 431", async () => {
    await using h = await startAdapter({ limits: { maxHeaderBytes: 200 } });
    h.adapter.addApplication({ appKey: 'roomy', pool: 'shop', bindings: ['http://roomy.example:0/'] });
    await h.adapter.listen();
    const client = await h.client();
    client.get('/', `X-A: ${'a'.repeat(300)}\r\n`);
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 431 [\s\S]*x-baton-error: HEADERS_TOO_LARGE/);
  });

  it('refuse a declared body above maxBodyBytes with 413 before anything is with the worker', async () => {
    await using h = await startAdapter({ limits: { maxBodyBytes: 10 } });
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nabc');
    assert.match(await client.ended(), /^HTTP\/1\.1 413 [\s\S]*x-baton-error: BODY_TOO_LARGE[\s\S]*Connection: close/);
    assert.equal(h.worker.streams.length, 0);
  });

  it('refuse a chunked body when it grows above maxBodyBytes with 413, and the worker hears of it', async () => {
    await using h = await startAdapter({ limits: { maxBodyBytes: 10 } });
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n');
    const stream = await h.worker.request();
    client.send('6\r\nabcdef\r\n');
    assert.match(await client.ended(), /^HTTP\/1\.1 413 /);
    assert.equal(stream.resetCause, 'CLIENT_CLOSED');
  });

  it('answer a head that does not arrive within headersTimeout with 408', async () => {
    await using h = await startAdapter({ limits: { headersTimeoutMs: 150 } });
    const client = await h.client();
    client.send('GET / HTTP/1.1\r\nHost: ');
    assert.equal(await client.ended(), 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nx-baton-error: HEADERS_TIMEOUT\r\n\r\n');
  });

  it('close a connection that stays without a request for idleTimeout', async () => {
    await using h = await startAdapter({ limits: { idleTimeoutMs: 150 } });
    const client = await h.client();
    client.get();
    (await h.worker.request()).answer();
    assert.match(await client.ended(), /Keep-Alive: timeout=1\r\n[\s\S]*ok$/);
  });

  it('answer a body that stops arriving for idleTimeout with 408, and the worker hears of it', async () => {
    await using h = await startAdapter({ limits: { idleTimeoutMs: 150 } });
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab');
    const stream = await h.worker.request();
    assert.equal(await client.ended(), 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nx-baton-error: BODY_TIMEOUT\r\n\r\n');
    assert.equal(stream.resetCause, 'CLIENT_CLOSED');
  });

  it('do not count the time that a body waits behind another response', async () => {
    await using h = await startAdapter({ limits: { idleTimeoutMs: 150 } });
    const client = await h.client();
    client.get('/slow').send('POST /next HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab');
    const slow = await h.worker.request();
    for (let n = 2; n < 4; n++) {
      const clock = await h.client();
      clock.get('/clock');
      (await h.worker.request(n)).answer();
      await clock.ended();
    }
    slow.answer('slow');
    const next = await h.worker.request(4);
    client.send('c');
    await until(() => next.isEnded);
    next.answer('next');
    await client.until(/slow[\s\S]*next$/);
  });

  it('give a head its time from its first byte, not from the response before it', async () => {
    await using h = await startAdapter({ limits: { idleTimeoutMs: 60_000, headersTimeoutMs: 150 } });
    const client = await h.client();
    client.get();
    (await h.worker.request()).answer();
    await client.until(/ok$/);
    client.take();
    client.send('GET / HT');
    assert.equal(await client.ended(), 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nx-baton-error: HEADERS_TIMEOUT\r\n\r\n');
  });

  it('answer 504 when the app has not answered within requestTimeout, and the worker hears of it', async () => {
    await using h = await startAdapter({ limits: { requestTimeoutMs: 150 } });
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    assert.ok(stream.head.deadlineMs > 0 && Math.round(stream.head.deadlineMs) <= 150, `${stream.head.deadlineMs} ms`);
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 504 [\s\S]*x-baton-error: REQUEST_TIMEOUT\r\nRetry-After: 5\r\n/);
    assert.equal(stream.resetCause, 'DEADLINE');
    client.take();
    client.get();
    (await h.worker.request(2)).answer('next');
    await client.until(/next$/);
  });

  it('break a response that is not complete within requestTimeout', async () => {
    await using h = await startAdapter({ limits: { requestTimeoutMs: 150 } });
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    stream.sendHead(200, [], 'chunked').sendData('abc');
    assert.match(await client.ended(), /3\r\nabc\r\n$/);
    assert.equal(stream.resetCause, 'DEADLINE');
  });

  it('answer 503 when no worker took the request within queueTimeout, naming why none starts', async () => {
    await using h = await startAdapter({ isCold: true, limits: { queueTimeoutMs: 150 } });
    h.pool.place.fault = { code: 'APP_THREW', cause: 'Cannot find module express' };
    const client = await h.client();
    client.get('/', 'Accept: application/json\r\n');
    const text = await client.until(/\n$/);
    assert.match(text, /^HTTP\/1\.1 503 [\s\S]*x-baton-error: QUEUE_TIMEOUT\r\nRetry-After: 5\r\n/);
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
    assert.equal(body.error, 'QUEUE_TIMEOUT');
    assert.equal(body.cause, 'APP_THREW: Cannot find module express');
    assert.equal(h.pool.place.parked.size, 0);
  });

  it('answer 503 at once when queueLength requests wait, and again for all when the pool stops', async () => {
    await using h = await startAdapter({ isCold: true, pool: { queueLength: 1 } });
    const first = await h.client();
    first.get();
    await until(() => h.pool.place.parked.size === 1);
    const second = await h.client();
    second.get();
    assert.match(await second.until(/\n$/), /^HTTP\/1\.1 503 [\s\S]*x-baton-error: QUEUE_FULL\r\nRetry-After: 1\r\n/);
    h.pool.place.setEnabled(false, 'stopped by an operator');
    assert.match(
      await first.until(/\n$/),
      /x-baton-error: POOL_STOPPED\r\n[\s\S]*\nPOOL_STOPPED: The pool is stopped: stopped by an operator\. Start it with "baton pool start"\.\n$/,
    );
  });

  it('refuse connections above maxConnections with 503', async () => {
    await using h = await startAdapter({ limits: { maxConnections: 1 } });
    const first = await h.client();
    first.get();
    (await h.worker.request()).answer();
    await first.until(/ok$/);
    const second = await h.client();
    assert.match(await second.ended(), /^HTTP\/1\.1 503 [\s\S]*x-baton-error: TOO_MANY_CONNECTIONS/);
    first.socket.destroy();
    await until(async () => {
      const third = await h.client();
      third.get();
      await until(() => h.worker.streams.length > 1 || third.hasEnded);
      return h.worker.streams.length > 1;
    });
  });

  it('answer 404 with what to do when no application has the host, port and path', async () => {
    await using h = await startAdapter({ application: { bindings: ['http://shop.example:0/shop/'] } });
    const client = await h.client();
    client.get('/other');
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 404 [\s\S]*x-baton-error: NO_ROUTE\r\n[\s\S]*baton app list/);
    client.take();
    client.get('/shop/x');
    (await h.worker.request()).answer();
    await client.until(/ok$/);
  });
});

const CODE_OF: Record<number, string> = { 400: 'BAD_REQUEST', 501: 'NOT_IMPLEMENTED', 505: 'VERSION_NOT_SUPPORTED' };

describe('bytes that are no request', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['garbage', '\x16\x03\x01\x02\x00', 400],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['user information in Host', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400],
    ['what begins like HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSMS\r\n\r\n', 400],
    ['HTTP/3.0', 'GET / HTTP/3.0\r\nHost: a\r\n\r\n', 505],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 501],
    ['a folded field', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a bare LF', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['a bare CR', 'GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n', 400],
    ['a NUL', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 400],
    ['both lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc', 400],
    ['a list of lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc', 400],
    ['a signed length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc', 400],
    ['a length beyond all', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc', 400],
    ['chunked, twice', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n', 400],
    ['chunked, not last', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n', 400],
    ['another coding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13\r\n\r\n0\r\n\r\n', 400],
    ['another coding below chunked', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    ['a hidden chunked', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n', 400],
    ['chunked for HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ];
  for (const [title, bytes, status] of cases) {
    it(`are refused as node:http refuses them: ${title}`, async () => {
      await using h = await startAdapter();
      const client = await h.client();
      client.send(bytes);
      assert.match(
        await client.ended(),
        new RegExp(`^HTTP/1\\.1 ${status} [A-Za-z ]+\\r\\nConnection: close\\r\\nx-baton-error: ${CODE_OF[status]}\\r\\n\\r\\n$`),
      );
      assert.equal(h.worker.streams.length, 0);
    });
  }

  it('in a chunked body are refused with 400, and the worker hears that the client is gone', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    const stream = await h.worker.request();
    client.send('zz\r\n');
    assert.equal(await client.ended(), 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nx-baton-error: BAD_REQUEST\r\n\r\n');
    assert.equal(stream.resetCause, 'CLIENT_CLOSED');
  });

  it('behind a good request are refused after it was answered', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get().send('GARBAGE\r\n\r\n');
    (await h.worker.request()).answer();
    assert.match(await client.ended(), /ok\s*HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\nx-baton-error: BAD_REQUEST\r\n\r\n$/);
  });
});
