import { METHODS } from 'node:http';
import { COLON, CR, FIELD, HT, LF, SP, TARGET, TOKEN } from './bytes.ts';
import { HeadFault } from './head-fault.ts';
import { readFields } from './read-fields.ts';
import type { RequestMessage } from './request-message.ts';
import { isTargetValid } from './target.ts';

const KNOWN_METHODS = new Set(METHODS);
/** As node:http's maxHeadersCount; Node drops what is beyond it, we refuse. */
const MAX_FIELDS = 2000;
const G = 0x47;
const E = 0x45;
const T = 0x54;
/** "HTTP/" */
const PROTOCOL = [0x48, 0x54, 0x54, 0x50, 0x2f];

/**
 * Reads a request head line by line (RFC 9112, section 2 to 5), in one pass over bytes that may still be arriving.
 *
 * - A line that has not arrived whole is read again from its start, so the scanner keeps nothing but line starts and offsets.
 * - Offsets are relative to the start of the head: the head may move to another buffer between two calls.
 * - Only CRLF ends a line; there is no obs-fold, no space before a colon, no bare CR.
 */
export class HeadScanner {
  /** name start, name end, value start, value end of each field; the request line takes the first four. */
  private readonly offsets: number[] = [];
  private count = 0;
  private lineAt = 0;
  private hasRequestLine = false;
  private minor = 1;
  private method = '';

  /** Forgets what was read; the next call of `scan` begins a head. */
  reset(): void {
    this.count = 0;
    this.lineAt = 0;
    this.hasRequestLine = false;
  }

  /**
   * Goes on reading the head that begins at `base`. Returns the index after its empty line and fills `into`, or -1 when bytes are missing.
   * Throws HeadFault for what no further byte can make valid.
   */
  scan(bytes: Buffer, base: number, end: number, maxHeaderBytes: number, into: RequestMessage): number {
    const limit = Math.min(end, base + maxHeaderBytes);
    let at = base + this.lineAt;
    if (!this.hasRequestLine) {
      // Empty lines before the request line are skipped (RFC 9112, 2.2), as node:http does.
      while (at < limit && (bytes[at] === CR || bytes[at] === LF)) at++;
      this.lineAt = at - base;
      at = this.readRequestLine(bytes, base, at, limit);
    }
    while (at > 0) {
      this.lineAt = at - base;
      if (at < limit && bytes[at] === CR) {
        if (at + 1 >= limit) break;
        if (bytes[at + 1] !== LF) throw new HeadFault(400, 'CR without LF after the last field');
        const next = at + 2;
        this.finish(bytes, base, next, into);
        return next;
      }
      at = this.readField(bytes, base, at, limit);
    }
    if (end - base >= maxHeaderBytes) throw new HeadFault(431, `the head is larger than ${maxHeaderBytes} bytes`);
    return -1;
  }

  private readRequestLine(bytes: Buffer, base: number, start: number, end: number): number {
    let at = start;
    if (at + 4 < end && bytes[at] === G && bytes[at + 1] === E && bytes[at + 2] === T && bytes[at + 3] === SP) {
      this.method = 'GET';
      at += 3;
    } else {
      while (at < end && TOKEN[bytes[at]!] === 1) at++;
      if (at >= end) {
        const begun = bytes.toString('latin1', start, at);
        if (!METHODS.some((method) => method.startsWith(begun))) throw new HeadFault(400, 'unknown method');
        return -1;
      }
      this.method = bytes.toString('latin1', start, at);
      if (bytes[at] !== SP || !KNOWN_METHODS.has(this.method)) throw new HeadFault(400, 'unknown method');
    }
    const targetStart = ++at;
    while (at < end && TARGET[bytes[at]!] === 1) at++;
    if (at >= end) return -1;
    if (bytes[at] !== SP || at === targetStart) throw new HeadFault(400, 'invalid request target');
    const targetEnd = at++;
    for (let i = 0; i < 5; i++, at++) {
      if (at >= end) return -1;
      if (bytes[at] !== PROTOCOL[i]) throw new HeadFault(400, 'expected HTTP/');
    }
    if (at + 4 >= end) {
      this.checkVersionPrefix(bytes, at, end);
      return -1;
    }
    const major = bytes[at]! - 0x30;
    this.minor = bytes[at + 2]! - 0x30;
    if (major < 0 || major > 9 || bytes[at + 1] !== 0x2e || this.minor < 0 || this.minor > 9)
      throw new HeadFault(400, 'invalid HTTP version');
    if (bytes[at + 3] !== CR || bytes[at + 4] !== LF) throw new HeadFault(400, 'expected CRLF after the HTTP version');
    if (major !== 1) throw new HeadFault(505, 'only HTTP/1.1 and HTTP/1.0 are served');
    if (this.minor > 1) throw new HeadFault(400, 'invalid HTTP version');
    const offsets = this.offsets;
    offsets[2] = targetStart - base;
    offsets[3] = targetEnd - base;
    this.count = 4;
    this.hasRequestLine = true;
    return at + 5;
  }

  private checkVersionPrefix(bytes: Buffer, at: number, end: number): void {
    if (at < end && (bytes[at]! < 0x30 || bytes[at]! > 0x39)) throw new HeadFault(400, 'invalid HTTP version');
    if (at + 1 < end && bytes[at + 1] !== 0x2e) throw new HeadFault(400, 'invalid HTTP version');
    if (at + 3 < end && bytes[at + 3] !== CR) throw new HeadFault(400, 'expected CRLF after the HTTP version');
  }

  private readField(bytes: Buffer, base: number, start: number, end: number): number {
    let at = start;
    while (at < end && TOKEN[bytes[at]!] === 1) at++;
    if (at >= end) return -1;
    if (bytes[at] !== COLON || at === start) throw new HeadFault(400, 'invalid field name');
    const nameEnd = at++;
    while (at < end && (bytes[at] === SP || bytes[at] === HT)) at++;
    const valueStart = at;
    while (at < end && FIELD[bytes[at]!] === 1) at++;
    if (at + 1 >= end) {
      if (at < end && bytes[at] !== CR) throw new HeadFault(400, 'invalid byte in a field value');
      return -1;
    }
    if (bytes[at] !== CR || bytes[at + 1] !== LF) throw new HeadFault(400, 'invalid byte in a field value');
    let valueEnd = at;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HT)) valueEnd--;
    const { offsets, count } = this;
    if (count >= MAX_FIELDS * 4) throw new HeadFault(431, `more than ${MAX_FIELDS} fields`);
    offsets[count] = start - base;
    offsets[count + 1] = nameEnd - base;
    offsets[count + 2] = valueStart - base;
    offsets[count + 3] = valueEnd - base;
    this.count = count + 4;
    return at + 2;
  }

  private finish(bytes: Buffer, base: number, next: number, into: RequestMessage): void {
    const text = bytes.toString('latin1', base, next);
    into.method = this.method;
    into.minor = this.minor;
    into.headBytes = next - base;
    into.target = text.slice(this.offsets[2], this.offsets[3]);
    if (this.method === 'CONNECT') throw new HeadFault(501, 'CONNECT is not served');
    if (!isTargetValid(into.target)) throw new HeadFault(400, 'invalid request target');
    readFields(bytes, base, text, this.offsets, this.count, into);
  }
}
