import type { ResponseStream } from '@baton/channel';
import type { Outgoing } from './node-internals.ts';
import { headOfMessage, isBodyless, type ParsedHead, parseHead } from './response-head.ts';

const HEAD = 0;
const PLAIN = 1;
const CHUNK_SIZE = 2;
const CHUNK_DATA = 3;
const CHUNK_END = 4;
const TRAILERS = 5;
const DONE = 6;

/** Longest head, chunk size line or trailer block accepted from an app that writes raw HTTP, bytes. */
const LIMIT_BYTES = 1 << 20;

const LAST_CHUNK = '0\r\n\r\n';

type Data = string | Uint8Array;

/**
 * Reads the HTTP/1.1 bytes that a ServerResponse (or an app holding the socket) writes, and says them as frames: heads, pure body bytes, trailers.
 *
 * - Working under the response and not in a subclass of it holds also where a framework replaces the response's prototype.
 * - The shapes that Node writes (the rendered head with the first bytes behind it; size line, CRLF, data, CRLF in writes of their own) are recognised
 *   without looking at bytes; anything else goes through the byte-wise path.
 */
export class ResponseWire {
  readonly #stream: ResponseStream;
  /** 101 is the last head: what follows is no HTTP any more (RFC 9110, 15.2.2). */
  readonly #switches: boolean;
  #phase = HEAD;
  /** Body bytes still expected: of the chunk, or of the whole body; NaN = until the end. */
  #left = Number.NaN;
  /** What has come of a head, a size line or trailers. */
  #text = '';
  #chunked = false;
  #trailers: string[] | undefined;

  constructor(stream: ResponseStream, switches = false) {
    this.#stream = stream;
    this.#switches = switches;
  }

  /** A final head went out. */
  get hasHead(): boolean {
    return this.#phase !== HEAD;
  }

  /** Takes what was written; false when the credit for body bytes is used up. Throws when it is not HTTP. */
  write(data: Data, encoding: BufferEncoding | undefined, message: Outgoing | null): boolean {
    if (this.#phase === HEAD) {
      const header = message?._header;
      if (header && this.#text === '' && typeof data === 'string' && data.startsWith(header)) {
        return this.#messageHead(message, header, data, encoding);
      }
      return this.#bytes(toBuffer(data, encoding));
    }
    if (this.#phase === PLAIN) return this.#body(toBuffer(data, encoding));
    return this.#chunk(data, encoding);
  }

  /** The response is complete on the app's side: ends the stream. False when the head promised more than came. */
  end(): boolean {
    const isShort = this.#phase === HEAD || (this.#chunked ? this.#phase !== DONE : this.#left > 0);
    if (isShort) return false;
    this.#stream.end(this.#trailers);
    return true;
  }

  #messageHead(message: Outgoing, header: string, data: string, encoding: BufferEncoding | undefined): boolean {
    // Node writes head and first bytes as one string in the encoding of the bytes, so a header beyond ASCII goes out as UTF-8 there.
    const isWide = encoding !== 'latin1' && Buffer.byteLength(header) !== header.length;
    const text = isWide ? Buffer.from(header).toString('latin1') : header;
    const parsed = headOfMessage(message, text) ?? parseHead(text, this.#stream.head.method);
    if (!parsed) throw new Error('the response head is not HTTP/1');
    this.#begin(parsed, !message._hasBody);
    if (data.length === header.length) return true;
    const rest = data.slice(header.length);
    return this.#chunked ? this.#chunk(rest, encoding) : this.#body(Buffer.from(rest, encoding));
  }

  #begin({ head, contentLength }: ParsedHead, isEmpty: boolean): void {
    this.#stream.sendHead(head);
    this.#chunked = head.framing === 'chunked' && !isEmpty;
    this.#left = isEmpty || head.framing === 'none' ? 0 : contentLength;
    this.#phase = this.#chunked ? CHUNK_SIZE : PLAIN;
  }

  /** Body bytes of a response without chunks; more than Content-Length promised is dropped, as it would become the next response's head. */
  #body(bytes: Buffer): boolean {
    const wanted = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= wanted.length;
    return wanted.length === 0 || this.#stream.write(wanted);
  }

  #chunk(data: Data, encoding: BufferEncoding | undefined): boolean {
    if (this.#phase === CHUNK_SIZE) {
      if (data === LAST_CHUNK && this.#text === '') {
        this.#phase = DONE;
        return true;
      }
      if (typeof data === 'string' && data.length < 16 && !data.includes('\n')) {
        this.#text += data;
        return true;
      }
      if (isCrlf(data)) {
        this.#sizeLine(this.#text);
        return true;
      }
    } else if (this.#phase === CHUNK_DATA) {
      const bytes = toBuffer(data, encoding);
      if (bytes.length > this.#left) return this.#bytes(bytes);
      this.#left -= bytes.length;
      if (this.#left === 0) this.#phase = CHUNK_END;
      return bytes.length === 0 || this.#stream.write(bytes);
    } else if (this.#phase === CHUNK_END && this.#text === '' && isCrlf(data)) {
      this.#phase = CHUNK_SIZE;
      return true;
    }
    return this.#bytes(toBuffer(data, encoding));
  }

  #sizeLine(line: string): void {
    const size = /^[0-9a-f]+/i.exec(line.trim());
    if (!size) throw new Error(`expected a chunk size, got ${JSON.stringify(line.slice(0, 40))}`);
    this.#text = '';
    this.#left = Number.parseInt(size[0], 16);
    this.#phase = this.#left === 0 ? TRAILERS : CHUNK_DATA;
  }

  /** The general path: bytes cut anywhere. */
  #bytes(bytes: Buffer): boolean {
    let hasCredit = true;
    let rest = bytes;
    while (rest.length > 0) {
      switch (this.#phase) {
        case HEAD:
          rest = this.#rawHead(rest);
          break;
        case PLAIN:
          return this.#body(rest) && hasCredit;
        case CHUNK_DATA: {
          const part = rest.subarray(0, this.#left);
          rest = rest.subarray(part.length);
          this.#left -= part.length;
          if (this.#left === 0) this.#phase = CHUNK_END;
          hasCredit = this.#stream.write(part);
          break;
        }
        case DONE:
          return hasCredit;
        default:
          rest = this.#line(rest);
      }
    }
    return hasCredit;
  }

  /** Consumes to the end of the head if it is there. */
  #rawHead(bytes: Buffer): Buffer {
    const before = this.#text.length;
    this.#text += bytes.toString('latin1');
    const end = this.#text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end < 0) {
      if (this.#text.length > LIMIT_BYTES) throw new Error('the response head is too long');
      return bytes.subarray(bytes.length);
    }
    const text = this.#text.slice(0, end + 4);
    this.#text = '';
    const { method } = this.#stream.head;
    const parsed = parseHead(text, method);
    if (!parsed) throw new Error(`expected a status line of HTTP/1, got ${JSON.stringify(text.slice(0, 40))}`);
    if (parsed.head.status === 101 && this.#switches)
      this.#begin({ head: { ...parsed.head, framing: 'close', close: true }, contentLength: Number.NaN }, false);
    else if (parsed.head.status < 200) this.#stream.interim(parsed.head);
    else this.#begin(parsed, isBodyless(method, parsed.head.status));
    return bytes.subarray(end + 4 - before);
  }

  /** Consumes one line of CHUNK_SIZE, CHUNK_END or TRAILERS if it is all there. */
  #line(bytes: Buffer): Buffer {
    const end = bytes.indexOf(10);
    this.#text += bytes.toString('latin1', 0, end < 0 ? bytes.length : end + 1);
    if (this.#text.length > LIMIT_BYTES) throw new Error('a line of the chunked body is too long');
    if (end < 0) return bytes.subarray(bytes.length);
    const line = this.#text.trimEnd();
    this.#text = '';
    if (this.#phase === CHUNK_SIZE) this.#sizeLine(line);
    else if (this.#phase === CHUNK_END) this.#phase = CHUNK_SIZE;
    else this.#trailer(line);
    return bytes.subarray(end + 1);
  }

  #trailer(line: string): void {
    if (line === '') {
      this.#phase = DONE;
      return;
    }
    const colon = line.indexOf(':');
    this.#trailers ??= [];
    this.#trailers.push(line.slice(0, colon), line.slice(colon + 1).trim());
  }
}

const isCrlf = (data: Data): boolean => data.length === 2 && data[0] === 13 && data[1] === 10;

function toBuffer(data: Data, encoding: BufferEncoding | undefined): Buffer {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
