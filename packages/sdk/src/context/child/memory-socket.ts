import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { type ChildHead, readHead } from './child-head.ts';

type Taken = (error?: Error | null) => void;

/** Who gets the bytes of a child's response. */
export interface ResponseSink {
  /** Bytes of entity; `taken` when there is room for more. */
  onEntity(bytes: Buffer, taken: Taken): void;
  /** The head is out, as it is: what was given to `writeHead` alone is nowhere else. */
  onHead(head: ChildHead): void;
}

const HEAD_END = '\r\n\r\n';
/** Longest head of a response, bytes. */
const LIMIT_BYTES = 1 << 20;

/**
 * The connection of a child request: a socket that ends in this process. It takes the HTTP/1.1 that Node's ServerResponse writes, and gives the entity to
 * a sink; addresses are those of the parent's connection.
 *
 * - The response is told to frame its entity by the connection's end, so behind the head there is nothing but entity.
 */
export class MemorySocket extends Duplex {
  readonly #parent: IncomingMessage['socket'];
  readonly #sink: ResponseSink;
  #head: Buffer | undefined = Buffer.alloc(0);
  #wanted: (() => void) | undefined = undefined;

  constructor(parent: IncomingMessage['socket'], sink: ResponseSink) {
    super({ autoDestroy: true, allowHalfOpen: true });
    this.#parent = parent;
    this.#sink = sink;
    // What the sink refused it knows; the response hears of the end by 'close'.
    this.on('error', () => {});
  }

  get remoteAddress(): string | undefined {
    return this.#parent.remoteAddress;
  }
  get remotePort(): number | undefined {
    return this.#parent.remotePort;
  }
  get remoteFamily(): string | undefined {
    return this.#parent.remoteFamily;
  }
  get localAddress(): string | undefined {
    return this.#parent.localAddress;
  }
  get localPort(): number | undefined {
    return this.#parent.localPort;
  }
  get encrypted(): boolean | undefined {
    return (this.#parent as { encrypted?: boolean }).encrypted;
  }
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  /** Settles when the request's reader asks for more of its body. */
  whenWanted(): Promise<void> {
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** Node's IncomingMessage calls it when it has room. */
  override resume(): this {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: Taken): void {
    if (!this.#head) return void this.#sink.onEntity(chunk, taken);
    let bytes = Buffer.concat([this.#head, chunk]);
    for (;;) {
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) break;
      const head = readHead(bytes.toString('latin1', 0, end));
      bytes = bytes.subarray(end + HEAD_END.length);
      if (head.statusCode < 200) continue;
      this.#head = undefined;
      try {
        this.#sink.onHead(head);
      } catch (error) {
        taken(error as Error);
        return;
      }
      if (bytes.length > 0) this.#sink.onEntity(bytes, taken);
      else taken();
      return;
    }
    this.#head = bytes;
    taken(bytes.length > LIMIT_BYTES ? new Error(`The head of the response is longer than ${LIMIT_BYTES} bytes`) : null);
  }
}
