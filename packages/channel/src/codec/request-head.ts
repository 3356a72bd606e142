import type { RequestHead } from '../types.ts';
import type { BatchWriter } from './batch-writer.ts';
import { getU16, getU32, putU16, putU32 } from './bytes.ts';
import { FRAME, HEAD_MAX_PARTS } from './frame-types.ts';
import { hasNul, isLatin1, putText } from './text.ts';
import { violation } from './violation.ts';

const ENDED = 1;
const ENCRYPTED = 2;
const HTTP_1_0 = 4;
/** flags, deadline (32 bits, ms), remote port, local port. */
const FIXED_BYTES = 9;
const DEADLINE_MAX_MS = 0xffff_ffff;

/** Heads of fewer characters are written one by one: half of what joining the parts, checking the whole and writing it costs (measured). */
const SHORT_CHARS = 512;

/**
 * Writes an open frame: the fixed part, then method, url, application key, remote and local address, and the headers, joined with NUL.
 * False, and nothing written: the head holds a NUL, a character beyond latin-1 or half a header, or is larger than `maxBytes`.
 */
export function writeOpen(writer: BatchWriter, id: number, head: RequestHead, ended: boolean, maxBytes: number): boolean {
  const { headers } = head;
  const length = FIXED_BYTES + charsOf(head);
  if (length > maxBytes || headers.length > HEAD_MAX_PARTS || headers.length % 2 !== 0) return false;
  return length <= SHORT_CHARS ? writeShort(writer, id, head, ended, length) : writeLong(writer, id, head, ended, length);
}

/** Characters of all parts and the NULs between them. */
function charsOf({ method, url, appKey, remoteAddress, localAddress, headers }: RequestHead): number {
  let chars = method.length + url.length + appKey.length + remoteAddress.length + localAddress.length + 4 + headers.length;
  for (let i = 0; i < headers.length; i++) chars += headers[i]!.length;
  return chars;
}

function writeShort(writer: BatchWriter, id: number, head: RequestHead, ended: boolean, length: number): boolean {
  const start = writer.begin(FRAME.open, id, length);
  const { buffer } = writer;
  const { headers } = head;
  putFixed(buffer, start, head, ended);
  let at = putText(buffer, start + FIXED_BYTES, head.method);
  at = putPart(buffer, at, head.url);
  at = putPart(buffer, at, head.appKey);
  at = putPart(buffer, at, head.remoteAddress);
  at = putPart(buffer, at, head.localAddress);
  for (let i = 0; i < headers.length; i++) at = putPart(buffer, at, headers[i]!);
  if (at < 0) writer.undo(start);
  return at >= 0;
}

/** A NUL, and a part behind it; `at` is -1 where one before it could not be written. */
function putPart(buffer: Buffer, at: number, text: string): number {
  if (at < 0) return at;
  buffer[at] = 0;
  return putText(buffer, at + 1, text);
}

function writeLong(writer: BatchWriter, id: number, head: RequestHead, ended: boolean, length: number): boolean {
  const { headers } = head;
  // Two strings, written one after the other: joined to one they would be copied once more than they have to be.
  const facts = `${head.method}\0${head.url}\0${head.appKey}\0${head.remoteAddress}\0${head.localAddress}${headers.length === 0 ? '' : '\0'}`;
  const fields = headers.join('\0');
  if (!isLatin1(fields) || !isLatin1(facts) || hasNul(headers) || factsHaveNul(head)) return false;
  const at = writer.begin(FRAME.open, id, length);
  const { buffer } = writer;
  putFixed(buffer, at, head, ended);
  buffer.write(facts, at + FIXED_BYTES, 'latin1');
  if (fields !== '') buffer.write(fields, at + FIXED_BYTES + facts.length, 'latin1');
  return true;
}

function putFixed(buffer: Buffer, at: number, head: RequestHead, ended: boolean): void {
  buffer[at] = (ended ? ENDED : 0) | (head.encrypted ? ENCRYPTED : 0) | (head.httpVersion === '1.0' ? HTTP_1_0 : 0);
  putU32(buffer, at + 1, Math.min(Math.ceil(head.deadlineMs), DEADLINE_MAX_MS));
  putU16(buffer, at + 5, head.remotePort);
  putU16(buffer, at + 7, head.localPort);
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

/** The head of an open frame on a channel of `protocol`. */
export function readOpenHead(batch: Buffer, start: number, end: number, protocol = 'http'): RequestHead {
  if (end - start < FIXED_BYTES) throw violation(`an open frame has ${end - start} bytes, at least ${FIXED_BYTES} are needed`);
  const text = batch.toString('latin1', start + FIXED_BYTES, end);
  const method = endOfPart(text, 0);
  const url = endOfPart(text, method + 1);
  const appKey = endOfPart(text, url + 1);
  const remote = endOfPart(text, appKey + 1);
  let local = text.indexOf('\0', remote + 1);
  if (local < 0) local = text.length;
  const head = new WireHead(
    protocol,
    text.slice(local + 1),
    batch[start]!,
    getU32(batch, start + 1),
    getU16(batch, start + 5),
    getU16(batch, start + 7),
  );
  head.method = text.slice(0, method);
  head.url = text.slice(method + 1, url);
  head.appKey = text.slice(url + 1, appKey);
  head.remoteAddress = text.slice(appKey + 1, remote);
  head.localAddress = text.slice(remote + 1, local);
  return head;
}

function endOfPart(text: string, start: number): number {
  const end = text.indexOf('\0', start);
  if (end < 0) throw violation('an open frame lacks a part of its head');
  return end;
}

/** A head as it was read. Its headers are split when they are first looked at: many apps never do, and it is most of the work. */
class WireHead implements RequestHead {
  readonly protocol: string;
  readonly httpVersion: '1.0' | '1.1';
  readonly encrypted: boolean;
  readonly deadlineMs: number;
  readonly remotePort: number;
  readonly localPort: number;
  method = '';
  url = '';
  appKey = '';
  remoteAddress = '';
  localAddress = '';
  private fields: string;
  private split: string[] | undefined;

  constructor(protocol: string, fields: string, flags: number, deadlineMs: number, remotePort: number, localPort: number) {
    this.protocol = protocol;
    this.fields = fields;
    this.httpVersion = flags & HTTP_1_0 ? '1.0' : '1.1';
    this.encrypted = (flags & ENCRYPTED) !== 0;
    this.deadlineMs = deadlineMs;
    this.remotePort = remotePort;
    this.localPort = localPort;
    this.split = undefined;
  }

  get headers(): readonly string[] {
    this.split ??= splitPairs(this.fields);
    return this.split;
  }
}

/** At most HEAD_MAX_PARTS parts; a name that came without its value gets an empty one. */
function splitPairs(fields: string): string[] {
  if (fields === '') return [];
  const parts = fields.split('\0', HEAD_MAX_PARTS);
  if (parts.length % 2 !== 0) parts.push('');
  return parts;
}
