import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { GRPC_PREFIX_BYTES } from '../codec/packet.ts';
import { LaneReader } from './lane-reader.ts';

const FIRST = 100;

/** A message as it travels, of `length` bytes that tell its number. */
function message(length: number, number: number): Buffer {
  const bytes = Buffer.alloc(GRPC_PREFIX_BYTES + length, number + 1);
  bytes[0] = 0;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** Brings `bytes` to the reader as a socket would that has `atMost` bytes at a time. */
function bring(reader: LaneReader, bytes: Buffer, atMost: () => number, onPacket: (packet: Buffer) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const count = Math.min(atMost(), reader.room.length, bytes.length - at);
    assert.ok(count > 0, 'there is no room for a byte');
    bytes.copy(reader.room, 0, at, at + count);
    at += count;
    reader.read(count, onPacket);
  }
}

suite('what a lane brings', () => {
  test('is cut into the messages that were sent, however it arrives', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 60_000, max: 200_000 }), fc.constant(700_000)), {
      maxLength: 12,
    });
    const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1_000, max: 400_000 })), { minLength: 1 });
    fc.assert(
      fc.property(lengths, cuts, (lengths, cuts) => {
        const reader = new LaneReader(1_000_000);
        const sent = [FIRST, ...lengths].map(message);
        const got: Buffer[] = [];
        let turn = 0;
        const bytes = Buffer.concat(sent);
        bring(
          reader,
          bytes,
          () => Math.max(cuts[turn++ % cuts.length]!, Math.ceil(bytes.length / 2_000)),
          (packet) => got.push(Buffer.from(packet)),
        );
        assert.equal(got.length, sent.length);
        for (const [index, packet] of got.entries())
          assert.ok(packet.equals(sent[index]!.subarray(GRPC_PREFIX_BYTES)), `message ${index} was changed`);
      }),
      { numRuns: 150 },
    );
  });

  test('is read into the same memory again, also behind a message that was larger', () => {
    const reader = new LaneReader(10_000_000);
    const before = reader.room;
    let packets = 0;
    bring(
      reader,
      Buffer.concat([message(FIRST, 0), message(3_000_000, 1), message(10, 2)]),
      () => 65_536,
      () => packets++,
    );
    assert.equal(packets, 3);
    assert.equal(reader.room.length, before.length);
    assert.equal(reader.room.byteOffset, 0);
    const { buffer } = reader.room;
    for (let round = 0; round < 50; round++)
      bring(
        reader,
        message(131_000, round),
        () => 100_000,
        () => packets++,
      );
    assert.equal(reader.room.buffer, buffer);
  });

  test('is refused when it is compressed, or larger than it may be', () => {
    const none = (): void => assert.fail('a message came');
    const compressed = message(20, 0);
    compressed[0] = 1;
    assert.throws(() => bring(new LaneReader(1_000), compressed, () => 1_000, none), /compressed/);
    assert.throws(() => bring(new LaneReader(1_000), message(50_000_000, 0), () => 1_000, none), /50000000 bytes/);
    const reader = new LaneReader(1_000);
    bring(
      reader,
      message(FIRST, 0),
      () => 1_000,
      () => {},
    );
    assert.throws(() => bring(reader, message(1_001, 1), () => 1_000, none), /1001 bytes, 1000 are allowed/);
  });
});
