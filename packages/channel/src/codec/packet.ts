import { violation } from './violation.ts';

/**
 * The protobuf message `Packet { bytes data = 1; }` by hand: tag 0x0a, length as a varint, the batch.
 * A protobuf runtime on this path would copy every batch once more and costs more than the frames do (docs/adr/0002).
 */

/** Most bytes before a batch: gRPC's flag and message length (5), tag (1) and varint length (5). */
export const MESSAGE_HEADER_MAX_BYTES = 11;

/** Bytes of gRPC's own prefix: a flag (0, not compressed) and the message length, big-endian. */
export const GRPC_PREFIX_BYTES = 5;

const DATA_TAG = 0x0a;

/**
 * Writes gRPC prefix, tag and length so that they end at `end`, where a batch of `length` bytes begins; returns where the message starts.
 * The prefix is part of it so that a link over bare HTTP/2 writes one buffer and copies nothing.
 */
export function writeMessageHeader(buffer: Buffer, end: number, length: number): number {
  const tag = end - 1 - (length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : length < 0x10000000 ? 4 : 5);
  let at = tag;
  buffer[at++] = DATA_TAG;
  let rest = length;
  while (rest >= 0x80) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at] = rest;
  const packetBytes = end - tag + length;
  buffer[tag - 5] = 0;
  buffer[tag - 4] = packetBytes >>> 24;
  buffer[tag - 3] = packetBytes >>> 16;
  buffer[tag - 2] = packetBytes >>> 8;
  buffer[tag - 1] = packetBytes;
  return tag - GRPC_PREFIX_BYTES;
}

/** The packet of a message that BatchWriter finished: without gRPC's prefix. */
export function packetOf(message: Buffer): Buffer {
  return message.subarray(GRPC_PREFIX_BYTES);
}

/** The batch inside a packet, not copied. Fields other than `data` are skipped as protobuf asks; of several `data` the last counts. */
export function unwrapPacket(packet: Buffer): Buffer {
  let at = 0;
  let data: Buffer | undefined;
  while (at < packet.length) {
    let tag: number;
    [tag, at] = readVarint(packet, at);
    const wireType = tag & 7;
    if (tag >>> 3 === 1 && tag !== DATA_TAG) throw violation(`the batch of a packet has wire type ${wireType}`);
    if (tag > 0xffff_ffff || tag >>> 3 === 0) throw violation('a packet has a field number that cannot be');
    if (wireType === 2) {
      let length: number;
      [length, at] = readVarint(packet, at);
      if (length > packet.length - at) throw violation(`a packet field says ${length} bytes and ${packet.length - at} are left`);
      if (tag === DATA_TAG) data = packet.subarray(at, at + length);
      at += length;
    } else if (wireType === 0) [, at] = readVarint(packet, at);
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else throw violation(`a packet field has wire type ${wireType}`);
  }
  if (at > packet.length) throw violation('a packet ends inside a field');
  if (!data) throw violation('a packet holds no batch');
  return data;
}

/** A varint of up to ten bytes as an unsigned number, beyond 53 bits not exact: nothing here is that long. */
function readVarint(buffer: Buffer, start: number): [value: number, next: number] {
  let value = 0;
  let scale = 1;
  for (let at = start; at < buffer.length && at < start + 10; at++) {
    const byte = buffer[at]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, at + 1];
    scale *= 128;
  }
  throw violation('a packet has a varint that does not end');
}
