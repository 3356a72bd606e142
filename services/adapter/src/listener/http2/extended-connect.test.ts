import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { describe, it } from 'node:test';
import type { FakeStream } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { type Harness, startAdapter } from '../../testing/harness.ts';
import { Http2TestClient, readAnswer } from '../../testing/http2-client.ts';

interface Connected extends AsyncDisposable {
  readonly harness: Harness;
  readonly client: Http2TestClient;
  readonly stream: ClientHttp2Stream;
  readonly request: FakeStream;
  /** Everything that came. */
  received(): string;
}

/** An extended CONNECT that is with the worker. */
async function connect(fields: Record<string, string> = {}): Promise<Connected> {
  const harness = await startAdapter();
  const client = await Http2TestClient.connect(`http://127.0.0.1:${harness.port}`);
  if (!client.session.remoteSettings.enableConnectProtocol) await once(client.session, 'remoteSettings');
  assert.equal(client.session.remoteSettings.enableConnectProtocol, true);
  const stream = client.session.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':path': '/chat',
      ':authority': 'shop.example',
      'sec-websocket-version': '13',
      ...fields,
    },
    { endStream: false },
  );
  let received = '';
  stream.on('error', () => {});
  stream.on('data', (chunk) => (received += chunk.toString('latin1')));
  const request = await harness.worker.request(1);
  const end = async () => {
    client.session.destroy();
    await harness[Symbol.asyncDispose]();
  };
  return { harness, client, stream, request, received: () => received, [Symbol.asyncDispose]: end };
}

async function taken(lines: readonly string[] = []): Promise<Connected> {
  const connected = await connect();
  connected.request.sendHead(101, ['Upgrade: websocket', ...lines], 'close', true);
  const [fields] = await once(connected.stream, 'response');
  assert.equal(fields[':status'], 200);
  return connected;
}

describe('an extended CONNECT', () => {
  it('reaches the app as an upgrade of HTTP/1.1, with a key of its own', async () => {
    await using connected = await connect({ origin: 'https://shop.example', 'sec-websocket-protocol': 'chat' });
    const { method, url, headers } = connected.request.head;
    const field = (name: string) => headers[headers.findIndex((item, index) => index % 2 === 0 && item.toLowerCase() === name) + 1];
    assert.deepEqual(
      [method, url, field('host'), field('connection'), field('upgrade')],
      ['GET', '/chat', 'shop.example', 'Upgrade', 'websocket'],
    );
    assert.deepEqual(
      [field('sec-websocket-version'), field('sec-websocket-protocol'), field('origin')],
      ['13', 'chat', 'https://shop.example'],
    );
    assert.equal(Buffer.from(field('sec-websocket-key')!, 'base64').length, 16);
    assert.deepEqual([connected.request.isBodyless, connected.request.isEnded], [false, false]);
    assert.ok(!headers.some((item) => item.toLowerCase() === 'transfer-encoding'));
  });

  it('is answered with 200 without the fields of HTTP/1.1, then bytes go both ways', async () => {
    const connected = await connect();
    await using _ = connected;
    const { stream, request } = connected;
    stream.write('early');
    request.sendHead(101, ['Upgrade: websocket', 'Sec-WebSocket-Accept: abc', 'Sec-WebSocket-Protocol: chat'], 'close', true);
    const [fields] = await once(stream, 'response');
    assert.deepEqual(
      [fields[':status'], fields['sec-websocket-protocol'], fields['sec-websocket-accept'], fields.upgrade, fields.connection],
      [200, 'chat', undefined, undefined, undefined],
    );
    await until(() => request.body === 'early', 5_000, 'what was sent before the answer');
    request.sendData('there');
    await until(() => connected.received() === 'there', 5_000, 'bytes of the app');
  });

  it('ends half by half with END_STREAM', async () => {
    await using connected = await taken();
    const { stream, request, harness } = connected;
    stream.end('bye');
    await until(() => request.isEnded, 5_000, 'the end of the client');
    assert.equal(request.body, 'bye');
    request.sendData('bye too');
    const closed = once(stream, 'close');
    request.sendEnd();
    await closed;
    assert.deepEqual([connected.received(), stream.rstCode, harness.pool.counters.answered], ['bye too', 0, 1]);
  });

  it('is reset where the app resets, and told to the app where its client does', async () => {
    for (const [cause, code] of [
      ['CONNECTION_RESET', constants.NGHTTP2_CANCEL],
      ['APP_ABORTED', constants.NGHTTP2_NO_ERROR],
      ['WORKER_DIED', constants.NGHTTP2_NO_ERROR],
    ] as const) {
      await using connected = await taken();
      const closed = once(connected.stream, 'close');
      connected.request.sendReset(cause);
      await closed;
      assert.equal(connected.stream.rstCode, code, cause);
    }
    await using connected = await taken();
    connected.stream.close(constants.NGHTTP2_CANCEL);
    await until(() => connected.request.resetCause === 'CLIENT_CLOSED', 5_000, 'the reset');
    assert.equal(connected.harness.pool.counters.clientClosed, 1);
  });

  it('stops a client for which the worker has no credit, by the window of its stream alone', async () => {
    await using connected = await taken();
    const { stream, request, client, harness } = connected;
    request.hasCredit = false;
    stream.write(Buffer.alloc(2 << 20, 'x'));
    await until(() => request.body.length > 0, 5_000, 'the first bytes');
    const other = readAnswer(client.get('/other'));
    const second = await harness.worker.request(2);
    second.answer('other');
    assert.equal((await other).body, 'other');
    assert.ok(request.body.length < 1 << 20, `${request.body.length} bytes went on without credit`);
    request.hasCredit = true;
    const giving = setInterval(() => request.handler.onCredit(), 2);
    await until(() => request.body.length === 2 << 20, 10_000, 'all of it');
    clearInterval(giving);
  });

  it('that an app refuses has its answer, and one that it does not understand is 501', async () => {
    await using refused = await connect();
    const answer = readAnswer(refused.stream);
    refused.request.answer('no', 403);
    assert.deepEqual([(await answer).status, (await answer).body], [403, 'no']);
    await using ordinary = await connect();
    const notTaken = readAnswer(ordinary.stream);
    ordinary.request.answer('a page');
    assert.equal((await notTaken).status, 501);
  });

  it('to HTTP itself, with a body, or to no token is refused', async () => {
    await using harness = await startAdapter();
    await using client = await Http2TestClient.connect(`http://127.0.0.1:${harness.port}`);
    if (!client.session.remoteSettings.enableConnectProtocol) await once(client.session, 'remoteSettings');
    for (const [fields, status] of [
      [{ ':protocol': 'h2c' }, 501],
      [{ ':protocol': 'connect-udp' }, 501],
      [{ ':protocol': 'web socket' }, 400],
    ] as const) {
      const stream = client.session.request(
        { ':method': 'CONNECT', ':scheme': 'http', ':path': '/', ':authority': 'a', ...fields },
        { endStream: false },
      );
      assert.equal((await readAnswer(stream)).status, status);
    }
    assert.equal(harness.worker.streams.length, 0);
  });

  it('of a WebSocket is closed with 1012 when the adapter drains', async () => {
    await using connected = await taken();
    const { harness, stream, request } = connected;
    const drained = harness.adapter.drain();
    await until(() => connected.received() === '\x88\x02\x03\xf4', 5_000, 'the close');
    stream.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 0xf4]));
    await until(() => request.isEnded, 5_000, 'the answer');
    request.sendEnd();
    await drained;
  });
});
