import type { Timings } from '../types.ts';
import type { BatchWriter } from './batch-writer.ts';
import { FRAME, HEAD_MAX_PARTS } from './frame-types.ts';
import { hasNul, isLatin1 } from './text.ts';
import { violation } from './violation.ts';

const TIMINGS = 1;
const TRAILERS = 2;
const TIMINGS_BYTES = 12;

// Node's writeFloatLE is the dearest call of a small answer (6 % of a worker's CPU); two views of the same bytes do the same.
// Little-endian, as every platform that Node is built for is but s390x.
const floats = new Float32Array(3);
const floatBytes = new Uint8Array(floats.buffer);

/** What an end frame says. */
export interface End {
  readonly trailers: readonly string[] | undefined;
  readonly timings: Timings | undefined;
}

const BARE: End = { trailers: undefined, timings: undefined };

/** Writes an end frame; `trailers` are raw pairs. False, and nothing written, when they hold a NUL, a character beyond latin-1, or are larger than `maxBytes`. */
export function writeEnd(
  writer: BatchWriter,
  id: number,
  trailers: readonly string[] | undefined,
  timings: Timings | undefined,
  maxBytes: number,
): boolean {
  const text = trailers && trailers.length > 0 ? trailers.join('\0') : undefined;
  if (text !== undefined) {
    if (1 + TIMINGS_BYTES + text.length > maxBytes || trailers!.length > HEAD_MAX_PARTS || hasNul(trailers!) || !isLatin1(text))
      return false;
  }
  const timed = timings ? TIMINGS_BYTES : 0;
  let at = writer.begin(FRAME.end, id, 1 + timed + (text === undefined ? 0 : text.length));
  const buffer = writer.buffer;
  buffer[at++] = (timings ? TIMINGS : 0) | (text === undefined ? 0 : TRAILERS);
  if (timings) {
    floats[0] = timings.queuedMs;
    floats[1] = timings.firstByteMs;
    floats[2] = timings.totalMs;
    for (let i = 0; i < TIMINGS_BYTES; i++) buffer[at + i] = floatBytes[i]!;
    at += TIMINGS_BYTES;
  }
  if (text !== undefined) buffer.write(text, at, 'latin1');
  return true;
}

export function readEnd(batch: Buffer, start: number, end: number): End {
  if (start === end) throw violation('an end frame is empty');
  const flags = batch[start]!;
  if (flags === 0) return BARE;
  let at = start + 1;
  let timings: Timings | undefined;
  if (flags & TIMINGS) {
    if (end - at < TIMINGS_BYTES) throw violation('an end frame is too short for its timings');
    for (let i = 0; i < TIMINGS_BYTES; i++) floatBytes[i] = batch[at + i]!;
    timings = { queuedMs: floats[0]!, firstByteMs: floats[1]!, totalMs: floats[2]! };
    at += TIMINGS_BYTES;
  }
  let trailers: string[] | undefined;
  if (flags & TRAILERS) {
    trailers = batch.toString('latin1', at, end).split('\0', HEAD_MAX_PARTS + 1);
    if (trailers.length % 2 !== 0 || trailers.length > HEAD_MAX_PARTS)
      throw violation(`trailers have ${trailers.length} parts, expected pairs`);
  }
  return { trailers, timings };
}
