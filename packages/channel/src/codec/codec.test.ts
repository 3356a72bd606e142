import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channel, fromBinary, toBinary } from '@baton/proto';
import fc from 'fast-check';
import { latin1, pairs, requestHeads, responseHeads, timings } from '../testing/arbitraries.ts';
import { requestHead } from '../testing/requests.ts';
import { batchAck, batchNumber, keepableSlice, readFrames } from './batch-reader.ts';
import { ackMessage, BatchWriter, looseMessage } from './batch-writer.ts';
import { readNumber, readReset, readText, textBytes, writeNumber, writeReset } from './control.ts';
import { readEnd, writeEnd } from './end.ts';
import { BATCH_HEADER_BYTES, FRAME, FRAME_HEADER_BYTES, HEAD_MAX_PARTS, TEXT_MAX_BYTES } from './frame-types.ts';
import { readSignOfLife } from './loose.ts';
import { packetOf, unwrapPacket } from './packet.ts';
import { readOpenEnded, readOpenHead, writeOpen } from './request-head.ts';
import { readResponseHead, writeResponseHead } from './response-head.ts';

const LIMIT = 1 << 20;
const PAYLOAD = BATCH_HEADER_BYTES + FRAME_HEADER_BYTES;

/** The batch of the frames that `write` writes. */
function batchOf(write: (writer: BatchWriter) => unknown): Buffer {
  const writer = new BatchWriter();
  write(writer);
  return unwrapPacket(packetOf(writer.take(1, 0)));
}

const isViolation = { code: 'CHANNEL_PROTOCOL' };

test('a request head arrives as it was sent', () => {
  fc.assert(
    fc.property(requestHeads, fc.boolean(), (head, ended) => {
      const batch = batchOf((writer) => assert.ok(writeOpen(writer, 7, head, ended, LIMIT)));
      const read = readOpenHead(batch, PAYLOAD, batch.length);
      assert.deepEqual(
        { ...read, headers: read.headers, fields: undefined, split: undefined },
        { ...head, fields: undefined, split: undefined },
      );
      assert.equal(readOpenEnded(batch, PAYLOAD), ended);
    }),
  );
});

test('a response head arrives as it was sent, with a usual and with an unusual reason', () => {
  fc.assert(
    fc.property(responseHeads, (head) => {
      const batch = batchOf((writer) => assert.ok(writeResponseHead(writer, FRAME.head, 7, head, LIMIT)));
      assert.deepEqual(readResponseHead(batch, PAYLOAD, batch.length), head);
    }),
  );
});

test('trailers and timings arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.option(pairs, { nil: undefined }), fc.option(timings, { nil: undefined }), (trailers, times) => {
      const batch = batchOf((writer) => assert.ok(writeEnd(writer, 7, trailers, times, LIMIT)));
      const expected = trailers && trailers.length > 0 ? trailers : undefined;
      assert.deepEqual(readEnd(batch, PAYLOAD, batch.length), { trailers: expected, timings: times });
    }),
  );
});

test('a reset arrives with its cause and its text, a long text cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 1_500 }), (text) => {
      const batch = batchOf((writer) => writeReset(writer, 7, 'DEADLINE', text));
      const read = readReset(batch, PAYLOAD, batch.length);
      assert.equal(read.cause, 'DEADLINE');
      assert.ok(textBytes(text).length <= TEXT_MAX_BYTES);
      if (Buffer.byteLength(text) <= TEXT_MAX_BYTES) assert.equal(read.text, text.toWellFormed());
    }),
  );
});

test('a head that holds a NUL, half a header, or a character beyond latin-1 is not written, and nothing is left of it', () => {
  const bad = [
    { url: '/a\0b' },
    { method: 'G\0T' },
    { appKey: '\0' },
    { remoteAddress: '::1\0' },
    { localAddress: '\0' },
    { headers: ['Host', 'a\0b'] },
    { headers: ['Ho\0st', 'a'] },
    { headers: ['Host'] },
    // U+0100 has a zero low byte: written as latin-1 it would become a NUL.
    { url: '/\u0100' },
    { headers: ['Host', '\u0100'] },
    { headers: new Array(HEAD_MAX_PARTS + 2).fill('x') },
    { headers: ['Host', 'x'.repeat(LIMIT)] },
  ];
  const writer = new BatchWriter();
  for (const given of bad) {
    assert.equal(writeOpen(writer, 1, requestHead(given), true, LIMIT), false, JSON.stringify(given).slice(0, 60));
    assert.ok(writer.isEmpty);
  }
  const head = { status: 200, reason: 'OK', headers: '', framing: 'none', close: false } as const;
  assert.equal(writeResponseHead(writer, FRAME.head, 1, { ...head, headers: 'A: \0\r\n' }, LIMIT), false);
  assert.equal(writeResponseHead(writer, FRAME.head, 1, { ...head, reason: 'Ok\u0100' }, LIMIT), false);
  assert.equal(writeEnd(writer, 1, ['a', 'b\0c'], undefined, LIMIT), false);
  assert.equal(writeEnd(writer, 1, ['a', '\u0100'], undefined, LIMIT), false);
  assert.ok(writer.isEmpty);
});

test('a head of nothing but separators is read as a bounded number of parts', () => {
  const batch = batchOf((writer) => {
    const at = writer.begin(FRAME.open, 1, LIMIT);
    writer.buffer.fill(0, at, at + LIMIT);
  });
  assert.ok(readOpenHead(batch, PAYLOAD, batch.length).headers.length <= HEAD_MAX_PARTS);
});

test('many frames in one batch are read back in order, whatever their sizes', () => {
  const frames = fc.array(fc.tuple(fc.nat(255), fc.nat(0xffff_ffff), fc.uint8Array({ maxLength: 9_000, size: 'max' })), { maxLength: 40 });
  fc.assert(
    fc.property(frames, fc.maxSafeNat(), fc.maxSafeNat(), (list, number, ack) => {
      const writer = new BatchWriter();
      // A batch that begins anywhere in a slab, also one that outgrows it.
      writer.bytesFrame(1, 0, Buffer.alloc(number % 60_000), 0, number % 60_000);
      writer.take(1, 0);
      for (const [type, id, payload] of list) writer.bytesFrame(type, id, Buffer.from(payload), 0, payload.length);
      assert.equal(writer.isEmpty, list.length === 0);
      const batch = unwrapPacket(packetOf(writer.take(number % 2 ** 48, ack % 2 ** 48)));
      const read: [number, number, Uint8Array][] = [];
      readFrames(batch, LIMIT, {
        onFrame: (type, id, buffer, start, end) => read.push([type, id, new Uint8Array(buffer.subarray(start, end))]),
      });
      assert.deepEqual(
        read,
        list.map(([type, id, payload]) => [type, id, new Uint8Array(payload)]),
      );
      assert.equal(batchNumber(batch), number % 2 ** 48);
      assert.equal(batchAck(batch), ack % 2 ** 48);
    }),
    { numRuns: 60 },
  );
});

test('a finished message is a protobuf Packet behind a gRPC prefix', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 1, 90, 100, 120, 16_300, 16_400, 70_000, 2_100_000), (size) => {
      const writer = new BatchWriter();
      writer.bytesFrame(FRAME.data, 1, Buffer.alloc(size, 'x'), 0, size);
      const message = writer.take(1, 0);
      assert.equal(message[0], 0);
      assert.equal(message.readUInt32BE(1), message.length - 5);
      const packet = packetOf(message);
      const parsed = fromBinary(channel.PacketSchema, packet);
      assert.deepEqual(Buffer.from(parsed.data), unwrapPacket(packet));
      // Byte for byte what a protobuf runtime writes, not only something that it reads.
      assert.deepEqual(Buffer.from(toBinary(channel.PacketSchema, parsed)), Buffer.from(packet));
    }),
  );
});

test('any bytes are read as the packet that protobuf reads, or refused', () => {
  const almost = fc
    .tuple(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }))
    .map(([data, before, after]) => Buffer.concat([before, Buffer.from([0x0a, data.length]), data, after]));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), almost), (bytes) => {
      let mine: Buffer;
      try {
        mine = unwrapPacket(Buffer.from(bytes));
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'CHANNEL_PROTOCOL');
        return;
      }
      assert.deepEqual(Buffer.from(fromBinary(channel.PacketSchema, bytes).data), Buffer.from(mine));
    }),
    { numRuns: 3_000 },
  );
});

test('a packet of a later release with more fields is read', () => {
  const later = Buffer.from([0x10, 0x96, 0x01, 0x0a, 0x02, 0x61, 0x62, 0x1a, 0x01, 0x63, 0x25, 1, 2, 3, 4, 0x29, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(unwrapPacket(later).toString(), 'ab');
});

test('payloads that are too short or too long for their frame are violations', () => {
  const some = Buffer.alloc(2_000);
  const cases: (() => unknown)[] = [
    () => readOpenHead(some, 0, 8),
    () => readOpenHead(Buffer.alloc(20, 'x'), 0, 20),
    () => readResponseHead(some, 0, 4),
    () => readResponseHead(Buffer.from([200, 0, 0, 9, 0, 65]), 0, 6),
    () => readEnd(some, 0, 0),
    () => readEnd(Buffer.from([1, 0, 0]), 0, 3),
    () => readEnd(Buffer.from([2, 65]), 0, 2),
    () => readReset(some, 0, 0),
    () => readReset(some, 0, TEXT_MAX_BYTES + 2),
    () => readText(some, 0, TEXT_MAX_BYTES + 1),
    () => readNumber(FRAME.credit, some, 0, 3),
    () => readNumber(FRAME.credit, some, 0, 5),
    () => batchNumber(some.subarray(0, BATCH_HEADER_BYTES - 1)),
    () => batchNumber(some),
    () => readSignOfLife(ackMessage(1)),
    () => readSignOfLife(unwrapPacket(packetOf(looseMessage(1, FRAME.drain)))),
  ];
  for (const read of cases) assert.throws(read, isViolation, read.toString());
});

test('a frame that claims more than its batch, or than the limit, is refused before anything is made of it', () => {
  const sink = { onFrame: () => assert.fail('a frame was read') };
  for (const length of [1, LIMIT, LIMIT + 1, 0x7fff_ffff, 0xffff_ffff]) {
    const batch = batchOf((writer) => writer.begin(FRAME.data, 1, 0));
    batch.writeUInt32LE(length, BATCH_HEADER_BYTES);
    assert.throws(() => readFrames(batch, LIMIT, sink), isViolation);
  }
  const batch = batchOf((writer) => writeNumber(writer, FRAME.credit, 1, 1));
  for (let cut = 1; cut < 13; cut++) assert.throws(() => readFrames(batch.subarray(0, batch.length - cut), LIMIT, sink), isViolation);
});

test('a small slice of a large buffer is copied, so that keeping it does not keep the buffer', () => {
  const large = Buffer.allocUnsafeSlow(100_000);
  assert.notEqual(keepableSlice(large, 10, 20).buffer, large.buffer);
  assert.equal(keepableSlice(large, 0, 90_000).buffer, large.buffer);
  const small = Buffer.allocUnsafeSlow(10_000);
  assert.equal(keepableSlice(small, 10, 20).buffer, small.buffer);
});

test('latin-1 text of every character crosses unchanged', () => {
  const every = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');
  fc.assert(fc.property(latin1, (text) => assert.ok(!text.includes('\0'))));
  const batch = batchOf((writer) => writeOpen(writer, 1, requestHead({ headers: ['X', every] }), true, LIMIT));
  assert.deepEqual(readOpenHead(batch, PAYLOAD, batch.length).headers, ['X', every]);
});
