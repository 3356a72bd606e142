import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { startAdapter } from '../../testing/harness.ts';
import { FrameTracker } from './frame-tracker.ts';
import { CLOSE_TO_APP, CLOSE_TO_CLIENT } from './service-restart.ts';

const frame = (first: number, length: number, mask = false): Buffer => {
  const head =
    length < 126
      ? [first, length]
      : length < 65_536
        ? [first, 126, length >> 8, length & 255]
        : [first, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  if (mask) head[1]! |= 128;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(mask ? 4 : 0, 7), Buffer.alloc(length, 0x88)]);
};

test('a tracker finds the ends of frames of every form of length, however the bytes are cut', () => {
  const frames = [frame(0x82, 0), frame(0x01, 125), frame(0x89, 3, true), frame(0x80, 126), frame(0x82, 65_535, true), frame(0x82, 70_000)];
  const all = Buffer.concat(frames);
  const ends = new Set<number>();
  let end = 0;
  for (const { length } of frames) {
    end += length;
    ends.add(end);
  }
  for (const size of [1, 2, 3, 7, 1_000, 65_537, all.length]) {
    const tracker = new FrameTracker();
    for (let at = 0; at < all.length; at += size) {
      const chunk = all.subarray(at, at + size);
      assert.equal(tracker.read(chunk, false), chunk.length);
      assert.equal(tracker.isAtBoundary, ends.has(at + chunk.length), `${size} ${at}`);
    }
    assert.equal(tracker.hasClose, false);
  }
  const stopping = new FrameTracker();
  assert.equal(stopping.read(all.subarray(0, 3), false), 3);
  assert.equal(stopping.read(all.subarray(3), true), frames[0]!.length + frames[1]!.length - 3);
  assert.ok(stopping.isAtBoundary);
  stopping.read(CLOSE_TO_CLIENT, false);
  assert.ok(stopping.hasClose);
});

async function openSocket() {
  const harness = await startAdapter();
  const client = await harness.client();
  client.send('GET /chat HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n');
  await until(() => harness.worker.streams.length === 1, 5_000, 'the request');
  const stream = harness.worker.streams[0]!;
  stream.sendHead(101, ['Upgrade: websocket'], 'close', true);
  await client.until(/\r\n\r\n/);
  client.take();
  return { harness, client, stream, [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

const bytes = (...parts: Buffer[]): string => Buffer.concat(parts).toString('latin1');

test('a polite close comes between two frames, and what the app sends behind it is dropped but read', async () => {
  await using open = await openSocket();
  const { client, stream, harness } = open;
  const message = frame(0x82, 300);
  stream.sendData(message.subarray(0, 100));
  const closing = harness.adapter.drain();
  await until(() => client.received.length === 100, 5_000, 'the beginning of the message');
  const before = stream.consumedBytes;
  stream.sendData(Buffer.concat([message.subarray(100), frame(0x81, 5)]));
  stream.sendData(frame(0x81, 9));
  await until(() => client.received === bytes(message, CLOSE_TO_CLIENT), 5_000, 'the message and the close');
  assert.equal(stream.consumedBytes - before, 204 + 7 + 11);
  // The client's answer is the app's to see, and the app ends the connection as it always does.
  client.send(CLOSE_TO_APP);
  await until(() => bytes(...stream.chunks) === bytes(CLOSE_TO_APP), 5_000, 'the answer');
  stream.sendData(CLOSE_TO_CLIENT);
  stream.sendEnd();
  await client.ended();
  client.socket.end();
  await closing;
  assert.equal(client.received, bytes(message, CLOSE_TO_CLIENT));
  assert.equal(harness.pool.counters.answered, 1);
});

test('a close that an end has begun by itself is left alone', async () => {
  for (const side of ['app', 'client'] as const) {
    await using open = await openSocket();
    const { client, stream, harness } = open;
    if (side === 'client') {
      client.send(CLOSE_TO_APP);
      await until(() => bytes(...stream.chunks).length === 8, 5_000, 'the close of the client');
    } else stream.sendData(Buffer.from([0x88, 0]));
    void harness.adapter.drain();
    if (side === 'client') stream.sendData(Buffer.from([0x88, 0]));
    await until(() => client.received === '\x88\x00', 5_000, 'the close of the app');
    stream.sendEnd();
    await client.ended();
    assert.equal(client.received, '\x88\x00');
  }
});

test('a client that does not answer a polite close is ended, and the app is told the close in its place', async () => {
  await using open = await openSocket();
  const { client, stream, harness } = open;
  const closing = harness.adapter.drain();
  await until(() => client.received === bytes(CLOSE_TO_CLIENT), 5_000, 'the close');
  await until(() => stream.isEnded, 15_000, 'the end of its half');
  assert.equal(bytes(...stream.chunks), bytes(CLOSE_TO_APP));
  stream.sendData(CLOSE_TO_CLIENT);
  stream.sendEnd();
  await client.ended();
  await closing;
  assert.equal(harness.pool.counters.answered, 1);
});
