import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

describe('responses reach the client', () => {
  it('as node:http would write them, with the request id', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get('/', 'x-request-id: id-1\r\n');
    (await h.worker.request()).answer('hello', 200, ['Content-Type: text/plain', 'Set-Cookie: a=1', 'Set-Cookie: b=2']);
    assert.equal(
      await client.until(/hello$/),
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\nx-request-id: id-1\r\n' +
        'Connection: keep-alive\r\nKeep-Alive: timeout=120\r\n\r\nhello',
    );
  });

  it('with the request id of the app when it sets one', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request()).answer('', 200, ['X-Request-Id: mine']);
    const text = await client.until(/\r\n\r\n$/);
    assert.deepEqual(text.match(/x-request-id.*/gi), ['X-Request-Id: mine']);
  });

  it('chunked, each piece at once, with trailers', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    stream.sendHead(200, ['Trailer: X-Sum'], 'chunked').sendData('abc');
    await client.until(/Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n$/);
    const large = Buffer.alloc(100_000, 'y');
    stream.sendData(large);
    await client.until(/186a0\r\ny{100000}\r\n$/);
    stream.sendEnd(['X-Sum', '7']);
    await client.until(/0\r\nX-Sum: 7\r\n\r\n$/);
    client.take();
    client.get();
    (await h.worker.request(2)).answer('next');
    await client.until(/next$/);
  });

  it('without chunks and until the end for HTTP/1.0', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('GET / HTTP/1.0\r\n\r\n');
    (await h.worker.request()).sendHead(200, [], 'chunked').sendData('abc').sendEnd(['X-Sum', '7']);
    const text = await client.ended();
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n\r\nabc$/);
    assert.doesNotMatch(text, /Transfer-Encoding/);
  });

  it('on a kept HTTP/1.0 connection when the client asked for one', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    (await h.worker.request()).answer('one');
    await client.until(/Connection: keep-alive\r\n[\s\S]*one$/);
    client.send('GET / HTTP/1.0\r\n\r\n');
    (await h.worker.request(2)).answer('two');
    assert.match(await client.ended(), /Connection: close\r\n[\s\S]*two$/);
  });

  it('until the end of the connection when the app delimits the body that way', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request()).sendHead(200, [], 'close').sendData('abc').sendEnd();
    assert.match(await client.ended(), /Connection: close\r\n\r\nabc$/);
  });

  it('without a body for HEAD, 204 and 304, and the connection stays in step', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    (await h.worker.request(1)).sendHead(200, ['Content-Length: 1000'], 'none').sendEnd();
    assert.match(await client.until(/\r\n\r\n$/), /Content-Length: 1000/);
    client.take();
    client.get();
    (await h.worker.request(2)).sendHead(204, [], 'none').sendEnd();
    assert.doesNotMatch(await client.until(/\r\n\r\n$/), /Content-Length|Transfer-Encoding/);
    client.take();
    client.get();
    (await h.worker.request(3)).sendHead(304, ['Content-Length: 5', 'ETag: "a"'], 'none').sendEnd();
    await client.until(/\r\n\r\n$/);
    client.take();
    client.get();
    (await h.worker.request(4)).answer('after');
    assert.match(await client.until(/after$/), /^HTTP\/1\.1 200 OK/);
  });

  it('with interim responses before them, and none for HTTP/1.0', async () => {
    await using h = await startAdapter();
    const hint = { status: 103, reason: 'Early Hints', headers: 'Link: </a.css>; rel=preload\r\n', framing: 'none', close: false } as const;
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    stream.handler.onInterim(hint);
    assert.equal(await client.until(/\r\n\r\n$/), 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
    stream.answer();
    await client.until(/ok$/);
    const old = await h.client();
    old.send('GET / HTTP/1.0\r\n\r\n');
    const second = await h.worker.request(2);
    second.handler.onInterim(hint);
    second.answer();
    assert.match(await old.ended(), /^HTTP\/1\.1 200 OK/);
  });

  it('and end the connection when the client or the app says close', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get('/', 'Connection: close\r\n');
    (await h.worker.request()).answer();
    assert.match(await client.ended(), /Connection: close\r\n[\s\S]*ok$/);
    const other = await h.client();
    other.get();
    (await h.worker.request(2)).sendHead(200, ['Content-Length: 0'], 'length', true).sendEnd();
    assert.match(await other.ended(), /Connection: close\r\n/);
  });

  it('with the worker named when diagnosticHeaders are on', async () => {
    await using h = await startAdapter({ application: { hasDiagnosticHeaders: true } });
    const client = await h.client();
    client.get();
    (await h.worker.request()).answer();
    assert.match(await client.until(/ok$/), /x-baton-worker: w1; slot=1; gen=1\r\n/);
  });

  it('while the request body still arrives; the next response comes after it', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    const stream = await h.worker.request();
    stream.answer('early');
    await client.until(/early$/);
    client.send('def').get('/2');
    const second = await h.worker.request(2);
    assert.equal(stream.body, 'abcdef');
    assert.equal(stream.isEnded, true);
    second.answer('second');
    await client.until(/second$/);
  });

  it('slowly when the client reads slowly: credit is given back only for what it took', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.socket.pause();
    client.get();
    const stream = await h.worker.request();
    stream.sendHead(200, [], 'chunked');
    const block = Buffer.alloc(65_536, 'z');
    let sent = 0;
    while (stream.consumedBytes === sent && sent < 64_000_000) {
      stream.sendData(block);
      sent += block.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(stream.consumedBytes < sent, 'credit for everything although the client does not read');
    // Another request is not held up by it.
    const other = await h.client();
    other.get('/other');
    (await h.worker.request(2)).answer('fine');
    await other.until(/fine$/);
    client.socket.resume();
    await until(() => stream.consumedBytes === sent);
    stream.sendEnd();
    await client.until(/\r\n0\r\n\r\n$/);
  });
});

describe('a response that is not valid', () => {
  const faults: readonly (readonly [string, readonly string[], 'none' | 'length' | 'chunked'])[] = [
    ['a line without end', ['A: b\r\n\r\nHTTP/1.1 200 OK'], 'none'],
    ['an invalid name', ['A b: c'], 'none'],
    ['a control character', ['A: \x01'], 'none'],
    ['two lengths', ['Content-Length: 1', 'Content-Length: 1'], 'length'],
    ['no length', [], 'length'],
    ['a length beside chunks', ['Content-Length: 1'], 'chunked'],
    ['a length without a body', ['Content-Length: 1'], 'none'],
    ['Transfer-Encoding', ['Transfer-Encoding: chunked'], 'chunked'],
  ];
  for (const [title, lines, framing] of faults) {
    it(`is answered with 502 BAD_RESPONSE: ${title}`, async () => {
      await using h = await startAdapter();
      const client = await h.client();
      client.get();
      const stream = await h.worker.request();
      stream.sendHead(200, lines, framing);
      assert.equal(stream.resetCause, 'PROTOCOL');
      assert.match(await client.until(/\n$/), /^HTTP\/1\.1 502 Bad Gateway\r\n[\s\S]*x-baton-error: BAD_RESPONSE\r\n/);
    });
  }

  it('breaks the connection when it has more bytes than it announced', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get('/1').get('/2');
    const stream = await h.worker.request(1);
    await h.worker.request(2);
    stream.sendHead(200, ['Content-Length: 3']).sendData('abcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    const text = await client.ended();
    assert.doesNotMatch(text, /evil/);
    assert.equal(stream.resetCause, 'PROTOCOL');
  });

  it('breaks the connection when it has fewer bytes than it announced', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request()).sendHead(200, ['Content-Length: 3']).sendData('ab').sendEnd();
    assert.match(await client.ended(), /\r\n\r\nab$/);
  });

  it('resets a connection whose end would make a cut body look whole', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    stream.sendHead(200, [], 'close').sendData('half');
    await client.until(/half$/);
    stream.sendReset('WORKER_DIED', 'killed');
    await client.ended();
    assert.equal(client.errorCode, 'ECONNRESET');
  });
});
