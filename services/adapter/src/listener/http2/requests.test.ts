import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { makeCertificate } from '@baton/core/testing';
import { type Harness, startAdapter } from '../../testing/harness.ts';
import { Http2TestClient, readAnswer } from '../../testing/http2-client.ts';
import { RawClient } from '../../testing/raw-client.ts';

const connect = ({ port }: Harness): Promise<Http2TestClient> => Http2TestClient.connect(`http://127.0.0.1:${port}`);

/** Value of a header of the form of HTTP/1.1. */
function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return headers[i + 1];
  return undefined;
}

describe('requests of HTTP/2 on a port without TLS', () => {
  it('hands a stream to a worker in the form of HTTP/1.1, and answers it', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const answer = readAnswer(client.get('/a?b=1', { cookie: ['a=1', 'b=2'], 'x-forwarded-proto': 'gopher' }));
    const request = await harness.worker.request();
    assert.equal(request.isBodyless, true);
    const { method, url, httpVersion, headers, encrypted, appKey } = request.head;
    assert.deepEqual([method, url, httpVersion, encrypted, appKey], ['GET', '/a?b=1', '1.1', false, 'shop']);
    assert.deepEqual(headers.slice(0, 2), ['host', 'shop.example']);
    assert.equal(headerOf(headers, 'cookie'), 'a=1; b=2');
    assert.equal(headerOf(headers, 'x-forwarded-proto'), 'http');
    assert.equal(headerOf(headers, 'x-forwarded-for'), '127.0.0.1');
    assert.equal(
      headers.some((part) => part.startsWith(':')),
      false,
    );
    request.answer('hello', 200, ['Content-Type: text/plain', 'Set-Cookie: a=1', 'Set-Cookie: b=2']);
    const { status, body, headers: answered } = await answer;
    assert.deepEqual([status, body, answered['content-type'], answered['set-cookie']], [200, 'hello', 'text/plain', ['a=1', 'b=2']]);
    assert.match(String(answered['x-request-id']), /./);
    assert.equal(answered.connection, undefined);
  });

  it('takes the preface in pieces, and HTTP/1.1 beside it that begins with the same letter', async () => {
    await using harness = await startAdapter();
    await using raw = await RawClient.connect(harness.port);
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    for (const piece of [preface.slice(0, 1), preface.slice(1, 15), preface.slice(15)]) {
      raw.send(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    raw.send(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    await raw.until(/.{9}/s);
    assert.equal(raw.received.charCodeAt(3), 4, 'the first frame is SETTINGS');
    await using post = await RawClient.connect(harness.port);
    post.send('P');
    await new Promise((resolve) => setTimeout(resolve, 5));
    post.send('OST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 2\r\n\r\nhi');
    const request = await harness.worker.request();
    await until(() => request.isEnded, 5_000, 'the end of the body', 2);
    assert.equal(request.body, 'hi');
    request.answer('yes');
    await post.until(/200 OK[\s\S]*yes/);
  });

  it('sends bodies and trailers both ways', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const stream = client.session.request(
      { ':method': 'POST', ':path': '/up', ':authority': 'shop.example', te: 'trailers' },
      { endStream: false },
    );
    const answer = readAnswer(stream);
    stream.write('one ');
    const request = await harness.worker.request();
    assert.equal(request.isBodyless, false);
    assert.equal(headerOf(request.head.headers, 'transfer-encoding'), 'chunked');
    assert.equal(headerOf(request.head.headers, 'te'), 'trailers');
    await until(() => request.body === 'one ', 5_000, 'the first part', 2);
    stream.end('two');
    await until(() => request.isEnded, 5_000, 'the end of the body', 2);
    assert.equal(request.body, 'one two');
    request.sendHead(200, ['Content-Type: application/grpc'], 'chunked').sendData('abc').sendEnd(['grpc-status', '0', 'x', 'y']);
    const { body, trailers } = await answer;
    assert.deepEqual([body, trailers?.['grpc-status'], trailers?.x], ['abc', '0', 'y']);
  });

  it('keeps the trailers of a request', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const stream = client.session.request({ ':method': 'POST', ':path': '/', ':authority': 'shop.example' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ sum: '42' }));
    const answer = readAnswer(stream);
    stream.end('x');
    const request = await harness.worker.request();
    await until(() => request.isEnded, 5_000, 'the end of the body', 2);
    assert.deepEqual(request.trailers, ['sum', '42']);
    request.answer('ok');
    assert.equal((await answer).status, 200);
  });

  it('passes interim responses on, and answers HEAD and statuses without a body', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    const early = readAnswer(client.get('/early'));
    const first = await harness.worker.request(1);
    first.handler.onInterim({ status: 103, reason: 'Early Hints', headers: 'Link: </a.css>\r\n', framing: 'none', close: false });
    first.answer('late');
    const { interim, body } = await early;
    assert.equal(interim[0]?.[':status'], 103);
    assert.equal(interim[0]?.link, '</a.css>');
    assert.equal(body, 'late');

    const head = readAnswer(client.session.request({ ':method': 'HEAD', ':path': '/', ':authority': 'shop.example' }));
    (await harness.worker.request(2)).sendHead(200, ['Content-Length: 5']).sendEnd();
    const { headers } = await head;
    assert.equal(headers['content-length'], '5');

    const empty = readAnswer(client.get('/empty'));
    (await harness.worker.request(3)).sendHead(204, [], 'none').sendEnd();
    assert.equal((await empty).status, 204);

    const only = readAnswer(client.post('/only').end('x') as never);
    (await harness.worker.request(4)).sendHead(200, ['grpc-status: 5'], 'none').sendEnd();
    const trailersOnly = await only;
    assert.deepEqual([trailersOnly.headers['grpc-status'], trailersOnly.body], ['5', '']);
  });

  it('answers what no application is for, and what is no request, and goes on with the connection', async () => {
    await using harness = await startAdapter({ application: { bindings: ['http://shop.example:0/'] } });
    await using client = await connect(harness);
    const lost = await readAnswer(client.session.request({ ':path': '/', ':authority': 'other.example' }));
    assert.deepEqual([lost.status, lost.headers['x-baton-error']], [404, 'NO_ROUTE']);
    assert.match(lost.body, /NO_ROUTE/);
    for (const [fields, status] of [
      [{ ':method': 'CONNECT', ':authority': 'shop.example:443' }, 501],
      [{ ':method': 'FROB', ':path': '/', ':authority': 'shop.example' }, 400],
      [{ ':path': '/', ':authority': 'shop.example', host: 'other.example' }, 400],
      [{ ':path': '/', ':authority': 'shop.example', ':scheme': 'ftp' }, 400],
    ] as const) {
      const answer = await readAnswer(client.session.request(fields));
      assert.equal(answer.status, status, JSON.stringify(fields));
    }
    // nghttp2 itself resets a stream whose head HTTP/2 does not allow.
    for (const fields of [
      { ':path': '*', ':authority': 'shop.example' },
      { ':path': '/', ':authority': 'user@shop.example' },
      { ':path': 'index', ':authority': 'shop.example' },
    ])
      await assert.rejects(readAnswer(client.session.request(fields)), /PROTOCOL_ERROR/, JSON.stringify(fields));
    const fine = readAnswer(client.get('/'));
    (await harness.worker.request(1)).answer('fine');
    assert.equal((await fine).body, 'fine');
    assert.equal(harness.adapter.active, 0);
  });

  it('answers 431 to a head and 413 to a body beyond the limits', async () => {
    await using harness = await startAdapter({ limits: { maxHeaderBytes: 1_000, maxBodyBytes: 10 } });
    await using client = await connect(harness);
    const large = await readAnswer(client.get('/', { x: 'y'.repeat(1_200) }));
    assert.deepEqual([large.status, large.headers['x-baton-error']], [431, 'HEADERS_TOO_LARGE']);
    const declared = await readAnswer(client.post('/', { 'content-length': '11' }));
    assert.deepEqual([declared.status, declared.headers['x-baton-error']], [413, 'BODY_TOO_LARGE']);
    const stream = client.post('/');
    stream.write('12345678901');
    const undeclared = await readAnswer(stream);
    assert.equal(undeclared.status, 413);
  });

  it('lets a body wait for the worker, and an answer for the client', async () => {
    await using harness = await startAdapter();
    await using client = await connect(harness);
    harness.worker.onOpen = (stream) => {
      stream.hasCredit = false;
    };
    const up = client.post('/up');
    const upAnswer = readAnswer(up);
    let sent = 0;
    const part = Buffer.alloc(65_536, 'x');
    for (; sent < 64 && up.write(part); ) sent++;
    const request = await harness.worker.request(1);
    let written = 1;
    const more = (): void => {
      while (written < 64 && up.write(part)) written++;
    };
    up.on('drain', more);
    more();
    await until(() => Buffer.concat(request.chunks).length > 0, 5_000, 'the first bytes', 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const stalled = Buffer.concat(request.chunks).length;
    assert.ok(stalled < 1_500_000, `${stalled} bytes came although the worker gave no credit`);
    request.hasCredit = true;
    request.handler.onCredit();
    up.end();
    await until(() => request.isEnded, 10_000, 'the whole body', 5);
    request.answer('ok');
    await upAnswer;

    const down = client.get('/down');
    down.pause();
    const response = await harness.worker.request(2);
    response.sendHead(200, [], 'chunked');
    for (let i = 0; i < 40; i++) response.sendData(part);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(response.consumedBytes < 40 * part.length, 'credit was given for what the client has not taken');
    let got = 0;
    down.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    down.resume();
    await until(() => response.consumedBytes === 40 * part.length, 10_000, 'all of it to be credit', 5);
    response.sendEnd();
    await once(down, 'end');
    assert.equal(got, 40 * part.length);
  });
});

describe('requests in TLS', () => {
  it('agrees on h2 or http/1.1, and says https to the app', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'baton-tls-'));
    const { cert, key } = makeCertificate(['shop.example', '127.0.0.1']);
    const files = { host: '*', certPath: join(directory, 'c.pem'), keyPath: join(directory, 'k.pem') };
    await writeFile(files.certPath, cert);
    await writeFile(files.keyPath, key);
    await using harness = await startAdapter({ application: { bindings: ['https://*:0/'] } });
    await harness.adapter.tls.set([files]);
    await using client = await Http2TestClient.connect(`https://127.0.0.1:${harness.port}`, { ca: cert });
    assert.equal(client.session.alpnProtocol, 'h2');
    const answer = readAnswer(client.get('/'));
    const request = await harness.worker.request(1);
    assert.equal(request.head.encrypted, true);
    assert.equal(headerOf(request.head.headers, 'x-forwarded-proto'), 'https');
    request.answer('two');
    assert.equal((await answer).body, 'two');

    const fetched = import('node:https').then(
      ({ get }) =>
        new Promise<string>((resolve, reject) => {
          get({ host: '127.0.0.1', port: harness.port, ca: cert, path: '/one', agent: false }, (response) => {
            let text = response.httpVersion;
            response.on('data', (chunk) => (text += chunk));
            response.on('end', () => resolve(text));
          }).on('error', reject);
        }),
    );
    const second = await harness.worker.request(2);
    assert.equal(second.head.encrypted, true);
    second.answer(' one');
    assert.equal(await fetched, '1.1 one');
    await rm(directory, { recursive: true });
  });
});
