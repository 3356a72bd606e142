import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { test } from 'node:test';
import { defer, until } from '@baton/core';
import { collectAnswer, echo, requestHead } from '../testing/requests.ts';
import { SocketPair } from '../testing/socket-pair.ts';
import type { RequestHandler, ResponseStream } from '../types.ts';
import { MessageReader } from './message-reader.ts';
import { CONNECT_PATH, HTTP2_WINDOW_BYTES } from './service.ts';

const silent: RequestHandler = { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
const answer = { status: 200, reason: 'OK', headers: '', framing: 'chunked', close: false } as const;

/** Sends `bytes` of a body through an echo, honouring backpressure both ways; returns the two digests. */
async function sendThroughEcho(
  pair: SocketPair,
  bytes: number,
  onBytes = (_total: number): void => {},
): Promise<{ sent: string; got: string }> {
  const sent = createHash('sha256');
  const got = createHash('sha256');
  const ended = defer();
  const piece = Buffer.alloc(40_000);
  let left = bytes;
  let total = 0;
  const pump = (): void => {
    while (left > 0) {
      const chunk = Buffer.from(piece.subarray(0, Math.min(left, piece.length))).fill(left & 0xff);
      left -= chunk.length;
      sent.update(chunk);
      if (!request.write(chunk)) return;
    }
    request.end();
  };
  const request = pair.adapter.open(requestHead({ method: 'POST' }), false, {
    onInterim() {},
    onHead() {},
    onData: (chunk) => {
      got.update(chunk);
      total += chunk.length;
      onBytes(total);
      request.consumed(chunk.length);
    },
    onEnd: () => ended.resolve(),
    onReset: (cause, text) => ended.reject(new Error(`${cause}: ${text}`)),
    onCredit: pump,
  });
  pump();
  await ended.promise;
  return { sent: sent.digest('hex'), got: got.digest('hex') };
}

for (const over of ['grpc', 'lane'] as const) {
  test(`${over}: requests cross the link, many at once`, async () => {
    await using pair = await SocketPair.open({ over, worker: { onRequest: echo } });
    await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const { handler, done } = collectAnswer();
        const request = pair.adapter.open(requestHead({ url: `/${index}` }), false, handler);
        request.write(Buffer.from(`body ${index}`));
        request.end();
        const { head, body } = await done;
        assert.match(head.headers, new RegExp(`X-Url: /${index}\r\n`));
        assert.equal(body.toString(), `body ${index}`);
      }),
    );
  });

  test(`${over}: a large body crosses in both directions with its bytes intact`, async () => {
    await using pair = await SocketPair.open({ over, worker: { onRequest: echo } });
    const { sent, got } = await sendThroughEcho(pair, 20_000_000);
    assert.equal(got, sent);
  });

  test(`${over}: connections that are cut again and again lose no byte of a body`, async () => {
    await using pair = await SocketPair.open({ over, worker: { onRequest: echo } });
    let cuts = 0;
    const { sent, got } = await sendThroughEcho(pair, 20_000_000, (total) => {
      if (total < (cuts + 1) * 3_000_000) return;
      cuts++;
      pair.proxy.cut();
    });
    assert.equal(got, sent);
    assert.equal(cuts, 6);
    assert.ok(pair.proxy.connections >= 6);
  });

  test(`${over}: a network that delivers nothing and says nothing is noticed, and the request goes on over another connection`, async () => {
    const resumed = defer();
    const opened = defer<ResponseStream>();
    await using pair = await SocketPair.open({
      over,
      limits: { keepaliveMs: 100 },
      adapter: { onResumed: () => resumed.resolve() },
      worker: {
        onRequest: (stream) => {
          opened.resolve(stream);
          return silent;
        },
      },
    });
    const { handler, done } = collectAnswer();
    pair.adapter.open(requestHead(), true, handler);
    const stream = await opened.promise;
    pair.proxy.stall();
    stream.sendHead(answer);
    stream.write(Buffer.from('said into the void'));
    stream.end();
    await resumed.promise;
    assert.equal((await done).body.toString(), 'said into the void');
  });

  test(`${over}: a worker whose app blocks the event loop keeps its link`, async () => {
    let suspensions = 0;
    await using pair = await SocketPair.open({
      over,
      limits: { keepaliveMs: 50 },
      adapter: { onSuspended: () => void suspensions++ },
      worker: {
        onRequest: (stream) => {
          const end = performance.now() + 400;
          while (performance.now() < end);
          stream.sendHead(answer);
          stream.end();
          return silent;
        },
      },
    });
    const { handler, done } = collectAnswer();
    pair.adapter.open(requestHead(), true, handler);
    assert.equal((await done).head.status, 200);
    await pair.adapter.ping();
    assert.equal(suspensions, 0);
  });

  test(`${over}: a network that is away within the limit ends nothing, beyond it everything`, async () => {
    const closed = defer<string>();
    const suspended = defer();
    await using pair = await SocketPair.open({
      over,
      limits: { resumeLimitMs: 600 },
      adapter: { onSuspended: () => suspended.resolve(), onClosed: (_session, cause) => closed.resolve(cause) },
      worker: { onRequest: (stream) => (stream.head.url === '/held' ? silent : echo(stream)) },
    });
    pair.proxy.refuse();
    await suspended.promise;
    const within = collectAnswer();
    pair.adapter.open(requestHead(), true, within.handler);
    setTimeout(() => pair.proxy.accept(), 100);
    assert.equal((await within.done).head.status, 200);
    const beyond = collectAnswer();
    pair.adapter.open(requestHead({ url: '/held' }), true, beyond.handler);
    await pair.adapter.ping();
    pair.proxy.refuse();
    await assert.rejects(beyond.done, /LINK_LOST/);
    assert.equal(await closed.promise, 'LINK_LOST');
  });

  test(`${over}: a worker that disconnects is known as lost, and one that closes as closed`, async () => {
    const closed = defer<string>();
    await using pair = await SocketPair.open({
      over,
      adapter: { onClosed: (_session, cause, text) => closed.resolve(`${cause}: ${text}`) },
      worker: { onRequest: echo },
    });
    pair.worker.close('exiting');
    assert.equal(await closed.promise, 'SESSION_CLOSED: exiting');
  });

  test(`${over}: an adapter that closes tells its workers why`, async () => {
    const closed = defer<Error>();
    await using pair = await SocketPair.open({ over, worker: { onRequest: echo, onClosed: (_session, error) => closed.resolve(error) } });
    pair.server.close('the adapter is closing');
    assert.deepEqual(pick(await closed.promise), { code: 'CHANNEL_CLOSED', message: 'the adapter is closing' });
  });
}

function pick(error: Error): { code: unknown; message: string } {
  return { code: (error as { code?: unknown }).code, message: error.message };
}

test('the adapter opens the windows of a connection that grpc-js took', async () => {
  await using pair = await SocketPair.open({ worker: { onRequest: echo } });
  const session = http2.connect(`http://${pair.proxy.endpoint}`);
  const windows: (number | undefined)[] = [];
  session.on('remoteSettings', (settings) => windows.push(settings.initialWindowSize));
  const stream = session.request({ ':method': 'POST', ':path': CONNECT_PATH, 'content-type': 'application/grpc', te: 'trailers' });
  await until(() => windows.includes(HTTP2_WINDOW_BYTES));
  stream.close();
  session.destroy();
});

test('bytes over a real connection that are no packet are refused, not waited for', async () => {
  await using pair = await SocketPair.open({ worker: { onRequest: echo } });
  const session = http2.connect(`http://${pair.proxy.endpoint}`);
  const stream = session.request({ ':method': 'POST', ':path': CONNECT_PATH, 'content-type': 'application/grpc', te: 'trailers' });
  stream.write(Buffer.from([0, 0, 0, 0, 2, 0x0a, 0x7f]));
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await new Promise((resolve) => stream.on('end', resolve));
  assert.match(Buffer.concat(chunks).toString('latin1'), /CHANNEL_PROTOCOL/);
  session.destroy();
});

test('a chunked stream of messages is cut at any place and read whole', () => {
  const messages = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(70_000, 'x'), Buffer.from('last')];
  const bytes = Buffer.concat(
    messages.flatMap((message) => [Buffer.from([0, 0, message.length >> 16, message.length >> 8, message.length]), message]),
  );
  for (const size of [1, 2, 3, 7, 5_000, 16_384, bytes.length]) {
    const reader = new MessageReader(100_000);
    const read: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size)
      reader.read(bytes.subarray(at, at + size), (packet) => void read.push(Buffer.from(packet)));
    assert.deepEqual(read, messages);
  }
  assert.throws(() => new MessageReader(10).read(bytes, () => {}), { code: 'CHANNEL_PROTOCOL' }, 'too large');
  assert.throws(() => new MessageReader(10).read(Buffer.from([1, 0, 0, 0, 0]), () => {}), { code: 'CHANNEL_PROTOCOL' }, 'compressed');
});

test('bytes on a lane that are no packet are refused, not waited for', async () => {
  await using pair = await SocketPair.open({ over: 'lane', worker: { onRequest: echo } });
  const socket = net.connect(Number(pair.proxy.endpoint.split(':')[1]), '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await once(socket, 'close');
  assert.match(Buffer.concat(chunks).toString('latin1'), /CHANNEL_PROTOCOL/);
});
