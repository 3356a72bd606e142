import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { defer, until } from '@baton/core';
import { writeNumber } from '../codec/control.ts';
import { FRAME } from '../codec/frame-types.ts';
import { writeResponseHead } from '../codec/response-head.ts';
import { createSessionPair } from '../create-session-pair.ts';
import { rawAdapter, rawWorkers } from '../testing/raw-peer.ts';
import { collectAnswer, requestHead } from '../testing/requests.ts';
import type { RequestHandler, ResponseHandler, ResponseStream } from '../types.ts';

const silent: RequestHandler = { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
const deaf: ResponseHandler = { onInterim() {}, onHead() {}, onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
const answer = { status: 200, reason: 'OK', headers: '', framing: 'chunked', close: false } as const;

test('a request body stops at its credit and goes on when the worker has consumed', async () => {
  const got: number[] = [];
  const opened = defer<ResponseStream>();
  const credited = defer();
  const pair = await createSessionPair({
    limits: { initialCredit: 1_000 },
    worker: {
      onRequest: (stream) => {
        opened.resolve(stream);
        return { ...silent, onData: (chunk) => void got.push(chunk.length) };
      },
    },
  });
  const request = pair.adapter.open(requestHead(), false, { ...deaf, onCredit: () => credited.resolve() });
  assert.equal(request.write(Buffer.alloc(900)), true);
  assert.equal(request.write(Buffer.alloc(400)), false);
  assert.equal(request.buffered, 300);
  const stream = await opened.promise;
  await until(() => got.length === 2);
  assert.deepEqual(got, [900, 100]);
  stream.consumed(200);
  await turn();
  await turn();
  await turn();
  assert.equal(request.buffered, 300, 'less than a quarter of the window is not given back');
  stream.consumed(300);
  await credited.promise;
  assert.equal(request.buffered, 0);
  await until(() => got.length === 3);
  assert.deepEqual(got, [900, 100, 300]);
  pair.close();
});

test('an answer that exactly uses up its credit says so and hears of new credit', async () => {
  const opened = defer<ResponseStream>();
  const credited = defer();
  const pair = await createSessionPair({
    limits: { initialCredit: 1_000 },
    worker: {
      onRequest: (stream) => {
        opened.resolve(stream);
        return { ...silent, onCredit: () => credited.resolve() };
      },
    },
  });
  const request = pair.adapter.open(requestHead(), true, { ...deaf, onData: (chunk) => request.consumed(chunk.length) });
  const stream = await opened.promise;
  stream.sendHead(answer);
  assert.equal(stream.write(Buffer.alloc(1_000)), false);
  assert.equal(stream.buffered, 0);
  await credited.promise;
  assert.equal(stream.write(Buffer.alloc(500)), true);
  pair.close();
});

test('a client that stops reading stalls only its own request', async () => {
  const pair = await createSessionPair({
    limits: { initialCredit: 10_000 },
    worker: {
      onRequest: (stream) => {
        stream.sendHead(answer);
        stream.write(Buffer.alloc(50_000));
        stream.end();
        return silent;
      },
    },
  });
  let stalledBytes = 0;
  const stall = (chunk: Buffer): void => {
    stalledBytes += chunk.length;
  };
  pair.adapter.open(requestHead(), true, { ...deaf, onData: stall });
  for (let count = 0; count < 3; count++) {
    const { handler, done } = collectAnswer((bytes) => request.consumed(bytes));
    const request = pair.adapter.open(requestHead(), true, handler);
    assert.equal((await done).body.length, 50_000);
  }
  assert.equal(stalledBytes, 10_000);
  pair.close();
});

test('bodies wait while too much is unacknowledged, and go on with the acknowledgement', async () => {
  const opened: ResponseStream[] = [];
  const { worker, links } = rawAdapter(
    {
      onRequest: (stream) => {
        opened.push(stream);
        return silent;
      },
    },
    { maxUnackedBytes: 4_000, initialCredit: 100_000 },
  );
  links[0]!.giveFrames((writer) => {
    writeNumber(writer, FRAME.ping, 0, 1);
    for (const id of [1, 2]) {
      const text = 'GET\0/\0shop\0::1\0::1';
      const at = writer.begin(FRAME.open, id, 9 + text.length);
      writer.buffer.fill(0, at, at + 9);
      writer.buffer.write(text, at + 9, 'latin1');
    }
  });
  const [first, second] = opened;
  assert.equal(first!.write(Buffer.alloc(5_000)), true, 'one frame may go beyond the limit');
  assert.equal(second!.write(Buffer.alloc(500)), false);
  assert.equal(second!.buffered, 500);
  await turn();
  await turn();
  assert.deepEqual(links[0]!.numbers, [1]);
  links[0]!.giveFrames((writer) => writeNumber(writer, FRAME.ping, 0, 2), 2, 1);
  assert.equal(second!.buffered, 0);
  worker.close('done');
});

test('a session takes no more requests than maxStreams and tells when there is room again', async () => {
  const writable = defer();
  const streams: ResponseStream[] = [];
  const pair = await createSessionPair({
    limits: { maxStreams: 2 },
    adapter: { onWritable: () => writable.resolve() },
    worker: {
      onRequest: (stream) => {
        streams.push(stream);
        return silent;
      },
    },
  });
  pair.adapter.open(requestHead(), true, deaf);
  assert.equal(pair.adapter.writable, true);
  pair.adapter.open(requestHead(), true, deaf);
  assert.equal(pair.adapter.writable, false);
  const refused = collectAnswer();
  const request = pair.adapter.open(requestHead(), true, refused.handler);
  assert.equal(request.write(Buffer.alloc(1)), true);
  await assert.rejects(refused.done, /NOT_BEGUN/);
  assert.equal(pair.adapter.inFlight, 2);
  await until(() => streams.length === 2);
  streams[0]!.sendHead(answer);
  streams[0]!.end();
  await writable.promise;
  assert.equal(pair.adapter.writable, true);
  pair.close();
});

test('a session without a link takes requests until maxRetainedBytes and sends them after the resume', async () => {
  const suspended = defer();
  const urls: string[] = [];
  const pair = await createSessionPair({
    limits: { maxRetainedBytes: 2_000 },
    adapter: { onSuspended: () => suspended.resolve() },
    worker: {
      onRequest: (stream) => {
        urls.push(stream.head.url);
        return silent;
      },
    },
  });
  pair.network.isUp = false;
  pair.network.cut();
  await suspended.promise;
  let count = 0;
  for (; pair.adapter.writable; count++) pair.adapter.open(requestHead({ url: `/${count}`, headers: ['X', 'x'.repeat(200)] }), true, deaf);
  assert.ok(count >= 5 && count <= 10, `${count} requests were taken`);
  const refused = collectAnswer();
  pair.adapter.open(requestHead(), true, refused.handler);
  await assert.rejects(refused.done, /NOT_BEGUN/);
  pair.network.isUp = true;
  await until(() => urls.length === count);
  assert.deepEqual(
    urls,
    Array.from({ length: count }, (_, index) => `/${index}`),
  );
  pair.close();
});

test('more bytes than the credit given are a violation', async () => {
  const { connect, closed } = rawWorkers({ limits: { initialCredit: 100 } });
  const { link, session } = await connect();
  const got: number[] = [];
  const request = session.open(requestHead(), true, { ...deaf, onData: (chunk) => void got.push(chunk.length) });
  link.giveFrames((writer) => {
    writeResponseHead(writer, FRAME.head, request.id, answer, 1_000);
    writer.bytesFrame(FRAME.data, request.id, Buffer.alloc(100), 0, 100);
  });
  assert.deepEqual(closed, []);
  link.giveFrames((writer) => writer.bytesFrame(FRAME.data, request.id, Buffer.alloc(1), 0, 1));
  assert.deepEqual(closed, ['PROTOCOL']);
  assert.deepEqual(got, [100]);
});
