import { COLON, CR, FIELD, HEX, HT, isNamed, LF, SP, TOKEN } from './bytes.ts';
import { BEFORE_EXTENSION, EXTENSION_END, EXTENSION_START, nextInExtension } from './chunk-extension.ts';
import { HeadFault } from './head-fault.ts';

/** What a chunked body is made of, as it is read. */
export interface BodySink {
  onBody(chunk: Buffer): void;
}

/** As node:http: all chunk extensions of a message together, bytes. */
const MAX_EXTENSION_BYTES = 16_384;
/** Leading zeros included; a longer size line is refused although its value may be small. */
const MAX_SIZE_DIGITS = 64;

const SIZE = 0;
const SIZE_LF = 1;
const DATA = 2;
const DATA_CR = 3;
const DATA_LF = 4;
const TRAILERS = 5;
const DONE = 6;
const EXTENSION = 7;

/**
 * Reads a chunked body (RFC 9112, section 7.1) at any split of its bytes.
 *
 * - Only CRLF ends a line; a size is hexadecimal digits and at most 2^53-1; extensions are limited together.
 * - Trailers follow the rules of fields; framing fields among them are refused.
 */
export class ChunkedReader {
  trailers: string[] | undefined = undefined;
  private state = SIZE;
  private size = 0;
  private digits = 0;
  private extension = EXTENSION_START;
  private extensionBytes = 0;
  private carry: Buffer | undefined = undefined;
  private trailerBytes = 0;

  get isDone(): boolean {
    return this.state === DONE;
  }

  reset(): void {
    this.trailers = undefined;
    this.state = SIZE;
    this.size = 0;
    this.digits = 0;
    this.extensionBytes = 0;
    this.carry = undefined;
    this.trailerBytes = 0;
  }

  /** Reads until the body ends or the bytes do; returns the index after what was read. Throws HeadFault. */
  read(bytes: Buffer, from: number, maxTrailerBytes: number, sink: BodySink): number {
    let at = from;
    const end = bytes.length;
    while (at < end && this.state !== DONE) {
      switch (this.state) {
        case DATA: {
          const take = Math.min(this.size, end - at);
          this.size -= take;
          if (this.size === 0) this.state = DATA_CR;
          sink.onBody(take === end && at === 0 ? bytes : bytes.subarray(at, at + take));
          at += take;
          break;
        }
        case DATA_CR:
          if (bytes[at++] !== CR) throw new HeadFault(400, 'expected CRLF after the chunk data');
          this.state = DATA_LF;
          break;
        case DATA_LF:
          if (bytes[at++] !== LF) throw new HeadFault(400, 'expected CRLF after the chunk data');
          this.state = SIZE;
          break;
        case TRAILERS:
          at = this.readTrailers(bytes, at, maxTrailerBytes);
          break;
        default:
          this.readSizeLine(bytes[at++]!);
      }
    }
    return at;
  }

  private readSizeLine(byte: number): void {
    if (this.state === SIZE) {
      this.readSizeDigit(byte);
      return;
    }
    if (this.state === SIZE_LF) {
      if (byte !== LF) throw new HeadFault(400, 'CR without LF after the chunk size');
      this.state = this.size === 0 ? TRAILERS : DATA;
      this.digits = 0;
      return;
    }
    if (++this.extensionBytes > MAX_EXTENSION_BYTES) throw new HeadFault(413, 'the chunk extensions are too large');
    this.extension = nextInExtension(this.extension, byte);
    if (this.extension === EXTENSION_END) this.state = SIZE_LF;
  }

  private readSizeDigit(byte: number): void {
    const digit = HEX[byte]!;
    if (digit !== 255) {
      this.size = this.size * 16 + digit;
      if (++this.digits > MAX_SIZE_DIGITS || this.size > Number.MAX_SAFE_INTEGER) throw new HeadFault(400, 'the chunk size is too large');
      return;
    }
    if (this.digits === 0) throw new HeadFault(400, 'a chunk size without a digit');
    if (byte === CR) this.state = SIZE_LF;
    else if (byte === 0x3b || byte === SP || byte === HT) {
      this.state = EXTENSION;
      this.extension = byte === 0x3b ? EXTENSION_START : BEFORE_EXTENSION;
    } else throw new HeadFault(400, 'invalid chunk size');
  }

  /** Trailers are rare and small: lines that have not arrived whole are carried over and read again. */
  private readTrailers(bytes: Buffer, from: number, maxTrailerBytes: number): number {
    const carried = this.carry?.length ?? 0;
    const all = this.carry ? Buffer.concat([this.carry, bytes.subarray(from)]) : bytes;
    let at = this.carry ? 0 : from;
    this.carry = undefined;
    for (;;) {
      const next = this.readTrailerLine(all, at);
      if (next < 0) {
        this.carry = Buffer.from(all.subarray(at));
        if (this.trailerBytes + this.carry.length > maxTrailerBytes) throw new HeadFault(431, 'the trailers are too large');
        return bytes.length;
      }
      this.trailerBytes += next - at;
      if (this.trailerBytes > maxTrailerBytes) throw new HeadFault(431, 'the trailers are too large');
      at = next;
      if (this.state === DONE) return all === bytes ? at : from + (at - carried);
    }
  }

  private readTrailerLine(bytes: Buffer, start: number): number {
    const end = bytes.length;
    let at = start;
    if (at < end && bytes[at] === CR) {
      if (at + 1 >= end) return -1;
      if (bytes[at + 1] !== LF) throw new HeadFault(400, 'CR without LF after the trailers');
      this.state = DONE;
      return at + 2;
    }
    while (at < end && TOKEN[bytes[at]!] === 1) at++;
    if (at >= end) return -1;
    if (bytes[at] !== COLON || at === start) throw new HeadFault(400, 'invalid trailer name');
    const nameEnd = at++;
    while (at < end && FIELD[bytes[at]!] === 1) at++;
    if (at < end && bytes[at] !== CR) throw new HeadFault(400, 'invalid byte in a trailer');
    if (at + 1 >= end) return -1;
    if (bytes[at + 1] !== LF) throw new HeadFault(400, 'invalid byte in a trailer');
    refuseFramingField(bytes, start, nameEnd);
    let valueStart = nameEnd + 1;
    let valueEnd = at;
    while (valueStart < valueEnd && isBlank(bytes[valueStart]!)) valueStart++;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1]!)) valueEnd--;
    this.trailers ??= [];
    this.trailers.push(bytes.toString('latin1', start, nameEnd), bytes.toString('latin1', valueStart, valueEnd));
    return at + 2;
  }
}

const isBlank = (byte: number): boolean => byte === SP || byte === HT;

function refuseFramingField(bytes: Buffer, start: number, end: number): void {
  const isFraming =
    (end - start === 14 && isNamed(bytes, start, 'content-length')) || (end - start === 17 && isNamed(bytes, start, 'transfer-encoding'));
  if (isFraming) throw new HeadFault(400, 'a framing field among the trailers');
}
