import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import type { Exchange } from '../forward/exchange.ts';
import { startAdapter } from '../testing/harness.ts';

/** Raw pairs of a head without what the adapter adds. */
const own = (headers: readonly string[]): string[] => {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) if (!/^x-(forwarded-|request-id)/.test(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
  return kept;
};
const valueIn = (headers: readonly string[], name: string): string | undefined => {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return headers[i + 1];
  return undefined;
};

describe('requests reach the worker', () => {
  it('with method, target, version and every header in order and spelling', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('GET /a%20b?c=d HTTP/1.1\r\nHOST: Shop.example\r\nX-A:  caf\xe9 \r\nConnection: keep-alive\r\nx-a: 2\r\n\r\n');
    const { head, isBodyless } = await h.worker.request();
    assert.equal(isBodyless, true);
    assert.deepEqual(
      { ...head, headers: own(head.headers), remotePort: 0, localPort: 0 },
      {
        protocol: 'http',
        appKey: 'shop',
        method: 'GET',
        url: '/a%20b?c=d',
        httpVersion: '1.1',
        headers: ['HOST', 'Shop.example', 'X-A', 'caf\xe9', 'Connection', 'keep-alive', 'x-a', '2'],
        remoteAddress: '127.0.0.1',
        remotePort: 0,
        localAddress: '127.0.0.1',
        localPort: 0,
        encrypted: false,
        deadlineMs: 0,
      },
    );
    assert.equal(head.localPort, h.port);
  });

  it('with a request id and x-forwarded fields that a client cannot choose', async () => {
    await using h = await startAdapter();
    (await h.client()).get('/', 'X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nx-request-id: bad id!\r\n');
    const { head } = await h.worker.request();
    assert.equal(valueIn(head.headers, 'x-forwarded-for'), '127.0.0.1');
    assert.equal(valueIn(head.headers, 'x-forwarded-proto'), 'http');
    assert.equal(valueIn(head.headers, 'x-forwarded-host'), 'shop.example');
    assert.equal(valueIn(head.headers, 'x-forwarded-port'), String(h.port));
    assert.match(valueIn(head.headers, 'x-request-id') ?? '', /^[\w-]+-1$/);
    assert.equal(head.headers.filter((name) => name.toLowerCase() === 'x-request-id').length, 1);
  });

  it('with what a trusted proxy said, and its address appended', async () => {
    await using h = await startAdapter({ application: { isTrustingProxy: true } });
    (await h.client()).get(
      '/',
      'X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Proto: https\r\nx-request-id: abc.1\r\n',
    );
    const { head } = await h.worker.request();
    assert.equal(valueIn(head.headers, 'x-forwarded-for'), '9.9.9.9, 8.8.8.8, 127.0.0.1');
    assert.equal(valueIn(head.headers, 'x-forwarded-proto'), 'https');
    assert.equal(valueIn(head.headers, 'x-request-id'), 'abc.1');
  });

  it('with a body by length, as it arrives', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    const stream = await h.worker.request();
    await until(() => stream.body === 'abc');
    assert.equal(stream.isEnded, false);
    client.send('def');
    await until(() => stream.isEnded);
    assert.equal(stream.body, 'abcdef');
  });

  it('with a chunked body and its trailers', async () => {
    await using h = await startAdapter();
    (await h.client()).send(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    const stream = await h.worker.request();
    await until(() => stream.isEnded);
    assert.equal(stream.body, 'abcdefg');
    assert.deepEqual(stream.trailers, ['X-Sum', '7']);
  });

  it('without a body when Content-Length is 0', async () => {
    await using h = await startAdapter();
    (await h.client()).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    assert.equal((await h.worker.request()).isBodyless, true);
  });

  it('before the body of one that expects 100-continue, and the answer comes from the app', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    const stream = await h.worker.request();
    assert.equal(client.received, '');
    stream.handler.onInterim({ status: 100, reason: 'Continue', headers: '', framing: 'none', close: false });
    assert.equal(await client.until(/\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send('abc');
    await until(() => stream.isEnded);
    stream.answer();
    await client.until(/Connection: keep-alive[\s\S]*ok$/);
  });

  it('and a refused 100-continue ends the connection, because nobody knows whether the body follows', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    (await h.worker.request()).answer('no', 413);
    assert.match(await client.ended(), /^HTTP\/1\.1 413 Made Up\r\n[\s\S]*Connection: close\r\n[\s\S]*no$/);
  });

  it('one after the other on a kept connection', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    for (let n = 1; n <= 3; n++) {
      client.get(`/${n}`);
      (await h.worker.request(n)).answer(`answer ${n}`);
      await client.until(new RegExp(`answer ${n}$`));
    }
    assert.deepEqual(
      h.worker.streams.map((stream) => stream.head.url),
      ['/1', '/2', '/3'],
    );
  });

  it('together when they are pipelined and safe, answered in order', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get('/1').get('/2').get('/3');
    const third = await h.worker.request(3);
    third.answer('three');
    (await h.worker.request(2)).answer('two');
    assert.equal(client.received, '');
    (await h.worker.request(1)).answer('one');
    await client.until(/one[\s\S]*two[\s\S]*three$/);
  });

  it('not before the one ahead has ended when one of them is not safe', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx').get('/2').get('/3');
    const first = await h.worker.request(1);
    await until(() => first.isEnded);
    assert.equal(h.worker.streams.length, 1);
    first.answer('one');
    (await h.worker.request(3)).answer('three');
    (await h.worker.request(2)).answer('two');
    await client.until(/one[\s\S]*two[\s\S]*three$/);
  });

  it('only so many at once when very many are pipelined', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    for (let n = 1; n <= 50; n++) client.get(`/${n}`);
    await h.worker.request(8);
    await client.send('').get('/51');
    assert.equal(h.worker.streams.length, 8);
    for (let n = 1; n <= 51; n++) (await h.worker.request(n)).answer(`<${n}>`);
    await client.until(/<51>$/);
    assert.deepEqual(
      [...client.received.matchAll(/<(\d+)>/g)].map((match) => Number(match[1])),
      Array.from({ length: 51 }, (_, n) => n + 1),
    );
  });

  it('and are cut off from the credit that the worker does not give: the client has to wait', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n');
    const stream = await h.worker.request();
    stream.hasCredit = false;
    const block = Buffer.alloc(65_536, 'x');
    let sent = 0;
    while (sent < 20_000_000 && client.socket.writableLength < 4_000_000) {
      client.send(block);
      sent += block.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const taken = stream.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    assert.ok(taken < 1_000_000, `${taken} bytes were read although the worker gave no credit`);
    stream.hasCredit = true;
    stream.handler.onCredit();
    await until(() => stream.chunks.reduce((sum, chunk) => sum + chunk.length, 0) > taken);
  });

  it('behind one whose last bytes used its credit up', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    const stream = await h.worker.request();
    stream.hasCredit = false;
    client.send('def');
    await until(() => stream.isEnded);
    stream.answer('first');
    await client.until(/first$/);
    client.get('/second');
    (await h.worker.request(2)).answer('second');
    await client.until(/second$/);
  });

  it('by the host of an absolute target, whatever Host says (RFC 9112, 3.2.2)', async () => {
    await using h = await startAdapter({ application: { bindings: ['http://a.test:0/'] } });
    h.adapter.addApplication({ appKey: 'other', pool: 'shop', bindings: ['http://b.test:0/'] });
    const client = await h.client();
    client.send('GET http://b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n');
    const { head } = await h.worker.request();
    assert.deepEqual([head.appKey, head.url, valueIn(head.headers, 'x-forwarded-host')], ['other', 'http://b.test/x', 'b.test']);
  });

  it('by the path of an absolute target, which a query does not have (RFC 3986, 3.3)', async () => {
    await using h = await startAdapter({ application: { bindings: ['http://*:0/'] } });
    h.adapter.addApplication({ appKey: 'inner', pool: 'shop', bindings: ['http://*:0/inner/'] });
    const client = await h.client();
    for (const [at, [target, appKey]] of [
      ['http://a?x=/inner/', 'shop'],
      ['http://a?/inner/', 'shop'],
      ['http://a', 'shop'],
      ['http://a/inner/?x=/', 'inner'],
    ].entries()) {
      client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const stream = await h.worker.request(at + 1);
      assert.deepEqual([stream.head.url, stream.head.appKey], [target, appKey]);
      stream.answer();
      await client.until(/ok$/);
      client.take();
    }
  });

  it('with what their client sent while they waited for a worker', async () => {
    await using h = await startAdapter({ isCold: true });
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    await until(() => h.pool.place.parked.size === 1);
    client.send('def');
    await until(() => (h.pool.place.parked.first() as Exchange).requestBytes === 6);
    h.pool.place.connected(h.worker);
    const stream = await h.worker.request();
    await until(() => stream.isEnded);
    assert.equal(stream.body, 'abcdef');
    stream.answer();
    const text = await client.until(/ok$/);
    assert.match(text, /x-baton-activation: cold; ms=\d+; cause=first-request\r\n/);
  });
});
