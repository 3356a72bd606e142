import type { ResetCause } from '../types.ts';
import type { BatchWriter } from './batch-writer.ts';
import { getU32, putU32 } from './bytes.ts';
import { causeByte, causeOfByte } from './cause.ts';
import { FRAME, frameName, TEXT_MAX_BYTES } from './frame-types.ts';
import { violation } from './violation.ts';

/** Writes a reset frame; a text longer than TEXT_MAX_BYTES is cut. */
export function writeReset(writer: BatchWriter, id: number, cause: ResetCause, text: string): void {
  const bytes = textBytes(text);
  const at = writer.begin(FRAME.reset, id, 1 + bytes.length);
  writer.buffer[at] = causeByte(cause);
  bytes.copy(writer.buffer, at + 1);
}

export function readReset(batch: Buffer, start: number, end: number): { cause: ResetCause; text: string } {
  if (start === end) throw violation('a reset frame is empty');
  return { cause: causeOfByte(batch[start]!), text: readText(batch, start + 1, end) };
}

/** Writes a frame whose payload is one 32-bit number: credit, ping, pong, resume, resumed. */
export function writeNumber(writer: BatchWriter, type: number, id: number, value: number): void {
  const at = writer.begin(type, id, 4);
  putU32(writer.buffer, at, value);
}

export function readNumber(type: number, batch: Buffer, start: number, end: number): number {
  if (end - start !== 4) throw violation(`a ${frameName(type)} frame has ${end - start} bytes, expected 4`);
  return getU32(batch, start);
}

export function readText(batch: Buffer, start: number, end: number): string {
  if (end - start > TEXT_MAX_BYTES) throw violation(`a text has ${end - start} bytes, ${TEXT_MAX_BYTES} are allowed`);
  return batch.toString('utf8', start, end);
}

/** A text as it travels: UTF-8, cut at TEXT_MAX_BYTES. */
export function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length > TEXT_MAX_BYTES ? bytes.subarray(0, TEXT_MAX_BYTES) : bytes;
}
