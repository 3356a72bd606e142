import type { Framing, ResponseHead } from '../types.ts';
import type { BatchWriter } from './batch-writer.ts';
import { getU16, putU16 } from './bytes.ts';
import { isLatin1 } from './text.ts';
import { USUAL_REASONS } from './usual-reasons.ts';
import { violation } from './violation.ts';

const FRAMINGS: readonly Framing[] = ['none', 'length', 'chunked', 'close'];
const FRAMING_MASK = 3;
const CLOSE = 4;
/** The reason phrase is the usual one of its status and not sent. */
const USUAL_REASON = 8;
/** status, flags, length of the reason. */
const FIXED_BYTES = 5;
const REASON_MAX_CHARS = 0xffff;

/** Writes a head or interim frame (`type`). False, and nothing written: it holds a NUL or a character beyond latin-1, or is larger than `maxBytes`. */
export function writeResponseHead(writer: BatchWriter, type: number, id: number, head: ResponseHead, maxBytes: number): boolean {
  const isUsual = head.reason === USUAL_REASONS.get(head.status);
  const text = isUsual ? head.headers : head.reason + head.headers;
  const length = FIXED_BYTES + text.length;
  if (length > maxBytes || head.reason.length > REASON_MAX_CHARS || !isLatin1(text) || text.includes('\0')) return false;
  const at = writer.begin(type, id, length);
  const buffer = writer.buffer;
  putU16(buffer, at, head.status);
  buffer[at + 2] = FRAMINGS.indexOf(head.framing) | (head.close ? CLOSE : 0) | (isUsual ? USUAL_REASON : 0);
  putU16(buffer, at + 3, isUsual ? 0 : head.reason.length);
  buffer.write(text, at + FIXED_BYTES, 'latin1');
  return true;
}

/** The head of a head or interim frame. */
export function readResponseHead(batch: Buffer, start: number, end: number): ResponseHead {
  if (end - start < FIXED_BYTES) throw violation(`a response head has ${end - start} bytes, at least ${FIXED_BYTES} are needed`);
  const status = getU16(batch, start);
  const flags = batch[start + 2]!;
  const text = start + FIXED_BYTES + getU16(batch, start + 3);
  if (text > end) throw violation('the reason phrase of a response head is longer than its frame');
  return {
    status,
    reason: flags & USUAL_REASON ? (USUAL_REASONS.get(status) ?? '') : batch.toString('latin1', start + FIXED_BYTES, text),
    headers: batch.toString('latin1', text, end),
    framing: FRAMINGS[flags & FRAMING_MASK]!,
    close: (flags & CLOSE) !== 0,
  };
}
