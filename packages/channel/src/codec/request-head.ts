import type { RequestHead } from '../types.ts';
import type { BatchWriter } from './batch-writer.ts';
import { getU16, getU32, putU16, putU32 } from './bytes.ts';
import { FRAME, HEAD_MAX_PARTS } from './frame-types.ts';
import { hasNul, isLatin1 } from './text.ts';
import { violation } from './violation.ts';

const ENDED = 1;
const ENCRYPTED = 2;
const HTTP_1_0 = 4;
/** flags, deadline (32 bits, ms), remote port, local port. */
const FIXED_BYTES = 9;
/** Parts behind the headers: method, url, application key, remote address, local address. */
const FACTS = 5;
const DEADLINE_MAX_MS = 0xffff_ffff;

/** Writes an open frame. False, and nothing written: the head holds a NUL or a character beyond latin-1, or is larger than `maxBytes`. */
export function writeOpen(writer: BatchWriter, id: number, head: RequestHead, ended: boolean, maxBytes: number): boolean {
  const headers = head.headers;
  let text = `${head.method}\0${head.url}\0${head.appKey}\0${head.remoteAddress}\0${head.localAddress}`;
  if (headers.length > 0) text = `${headers.join('\0')}\0${text}`;
  const length = FIXED_BYTES + text.length;
  if (length > maxBytes || headers.length + FACTS > HEAD_MAX_PARTS || headers.length % 2 !== 0 || !isLatin1(text)) return false;
  if (hasNul(headers) || factsHaveNul(head)) return false;
  const at = writer.begin(FRAME.open, id, length);
  const buffer = writer.buffer;
  buffer[at] = (ended ? ENDED : 0) | (head.encrypted ? ENCRYPTED : 0) | (head.httpVersion === '1.0' ? HTTP_1_0 : 0);
  putU32(buffer, at + 1, Math.min(Math.ceil(head.deadlineMs), DEADLINE_MAX_MS));
  putU16(buffer, at + 5, head.remotePort);
  putU16(buffer, at + 7, head.localPort);
  buffer.write(text, at + FIXED_BYTES, 'latin1');
  return true;
}

function factsHaveNul(head: RequestHead): boolean {
  return (
    head.method.includes('\0') ||
    head.url.includes('\0') ||
    head.appKey.includes('\0') ||
    head.remoteAddress.includes('\0') ||
    head.localAddress.includes('\0')
  );
}

/** True: the request has no body. */
export function readOpenEnded(batch: Buffer, start: number): boolean {
  return (batch[start]! & ENDED) !== 0;
}

/** The head of an open frame. */
export function readOpenHead(batch: Buffer, start: number, end: number): RequestHead {
  if (end - start < FIXED_BYTES) throw violation(`an open frame has ${end - start} bytes, at least ${FIXED_BYTES} are needed`);
  const flags = batch[start]!;
  // The facts come last, so that taking them off leaves the headers in the array that split made.
  const headers = batch.toString('latin1', start + FIXED_BYTES, end).split('\0', HEAD_MAX_PARTS + 1);
  if (headers.length < FACTS || headers.length > HEAD_MAX_PARTS || headers.length % 2 === 0) {
    throw violation(`an open frame has ${headers.length} parts, expected an odd number from ${FACTS} to ${HEAD_MAX_PARTS}`);
  }
  const localAddress = headers.pop()!;
  const remoteAddress = headers.pop()!;
  const appKey = headers.pop()!;
  const url = headers.pop()!;
  const method = headers.pop()!;
  return {
    protocol: 'http',
    appKey,
    method,
    url,
    httpVersion: flags & HTTP_1_0 ? '1.0' : '1.1',
    headers,
    remoteAddress,
    remotePort: getU16(batch, start + 5),
    localAddress,
    localPort: getU16(batch, start + 7),
    encrypted: (flags & ENCRYPTED) !== 0,
    deadlineMs: getU32(batch, start + 1),
  };
}
