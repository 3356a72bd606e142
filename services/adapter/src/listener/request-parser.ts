import { ChunkedReader } from './chunked-reader.ts';
import { RequestMessage } from './request-message.ts';
import { HeadScanner } from './scan-head.ts';

/** Receives the messages of one connection, in order. */
export interface RequestSink {
  /** A head is complete. When it has no body, the message is too; else `onBody` and `onMessageEnd` follow. */
  onRequest(message: RequestMessage): void;
  /** Pure body bytes, in the buffer that was given to `read`. */
  onBody(chunk: Buffer): void;
  onMessageEnd(trailers: readonly string[] | undefined): void;
}

const HEAD = 0;
const LENGTH = 1;
const CHUNKED = 2;

/**
 * Turns the bytes of a connection into requests.
 *
 * - `read` returns after each head and after each message, so that the caller decides whether to go on.
 * - Throws HeadFault when the bytes are refused; nothing may be read afterwards.
 */
export class RequestParser {
  /** Bytes of the body announced by Content-Length that have not arrived. */
  private left = 0;
  private state = HEAD;
  private carry: Buffer | undefined = undefined;
  private carried = 0;
  private readonly scanner = new HeadScanner();
  private chunked: ChunkedReader | undefined = undefined;
  private message = new RequestMessage();
  private readonly sink: RequestSink;
  private readonly maxHeaderBytes: number;

  constructor(sink: RequestSink, maxHeaderBytes: number) {
    this.sink = sink;
    this.maxHeaderBytes = maxHeaderBytes;
  }

  /** A head has begun and is not complete. */
  get isInHead(): boolean {
    return this.state === HEAD && this.carried > 0;
  }

  /** Between two messages. */
  get isAtRest(): boolean {
    return this.state === HEAD && this.carried === 0;
  }

  /** Reads from index `from`; returns the index after what was taken, at least one byte further. */
  read(bytes: Buffer, from: number): number {
    if (this.state === HEAD) return this.readHead(bytes, from);
    if (this.state === LENGTH) return this.readLength(bytes, from);
    return this.readChunked(bytes, from);
  }

  private readHead(bytes: Buffer, from: number): number {
    let all = bytes;
    let base = from;
    let end = bytes.length;
    const before = this.carried;
    if (before > 0) {
      all = this.append(bytes, from);
      base = 0;
      end = this.carried;
    }
    const next = this.scanner.scan(all, base, end, this.maxHeaderBytes, this.message);
    if (next < 0) {
      if (before === 0) this.append(bytes, from);
      return bytes.length;
    }
    this.scanner.reset();
    this.carry = undefined;
    this.carried = 0;
    this.begin();
    return before > 0 ? from + (next - before) : next;
  }

  /** Keeps the bytes of an unfinished head in a buffer that grows by doubling, so that a head sent byte by byte is not copied each time. */
  private append(bytes: Buffer, from: number): Buffer {
    const need = this.carried + bytes.length - from;
    if (!this.carry || this.carry.length < need) {
      const grown = Buffer.allocUnsafeSlow(Math.max(512, need * 2));
      if (this.carry) this.carry.copy(grown, 0, 0, this.carried);
      this.carry = grown;
    }
    bytes.copy(this.carry, this.carried, from);
    this.carried = need;
    return this.carry;
  }

  private begin(): void {
    const message = this.message;
    this.message = new RequestMessage();
    if (message.isChunked) {
      this.state = CHUNKED;
      if (this.chunked) this.chunked.reset();
      else this.chunked = new ChunkedReader();
    } else if (message.contentLength > 0) {
      this.state = LENGTH;
      this.left = message.contentLength;
    }
    this.sink.onRequest(message);
  }

  private readLength(bytes: Buffer, from: number): number {
    const take = Math.min(this.left, bytes.length - from);
    this.left -= take;
    if (this.left === 0) this.state = HEAD;
    this.sink.onBody(take === bytes.length ? bytes : bytes.subarray(from, from + take));
    if (this.left === 0) this.sink.onMessageEnd(undefined);
    return from + take;
  }

  private readChunked(bytes: Buffer, from: number): number {
    const reader = this.chunked!;
    const next = reader.read(bytes, from, this.maxHeaderBytes, this.sink);
    if (reader.isDone) {
      this.state = HEAD;
      this.sink.onMessageEnd(reader.trailers);
    }
    return next;
  }
}
