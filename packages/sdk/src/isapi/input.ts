import type { IncomingMessage } from 'node:http';
import { HSE_TOTAL_BYTES_UNKNOWN } from '../constants/isapi.ts';
import { type BodySink, type BodySource, bodySourceOf } from './body-source.ts';

/** Bytes of a body that are read before the extension is called (uploadReadAheadSize). */
export const PRELOAD_LIMIT_BYTES = 49_152;

/** Is told the end of a read that had to wait: its bytes, 0 = nothing more comes. */
export type ReadDone = (bytes: number) => void;

/** `Input.read` has to wait; `done` is called. */
export const LATER = -1;

const EMPTY = Buffer.alloc(0);

/**
 * The body of a request on its way to an extension; one at a time, reused.
 *
 * - Bytes are copied once, from what the connection gave into the reader's buffer. Without a reader the request is paused; bytes of a worker's body source
 *   are kept then, up to the credit of the request.
 * - A read ends when its buffer is full, and otherwise with what has come by the end of the turn of the event loop in which its first byte came: with a
 *   large buffer one read takes many chunks.
 */
export class Input implements BodySink {
  /** Length that the head promised; HSE_TOTAL_BYTES_UNKNOWN for a chunked body. */
  totalBytes = 0;
  /** The connection broke before the body was complete. */
  isBroken = false;
  #req: IncomingMessage | undefined = undefined;
  /** Undefined: the body comes through the stream of the request. */
  #source: BodySource | undefined = undefined;
  #isComplete = true;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #onPreloaded: (() => void) | undefined = undefined;
  #target: Uint8Array | undefined = undefined;
  #done: ReadDone | undefined = undefined;
  #filled = 0;
  #isScheduled = false;
  #isPaused = false;

  /** Calls `preloaded` when the first 48 KiB, or all of a shorter body, are there: at once without a body; never when the connection breaks before. */
  open(req: IncomingMessage, preloaded: () => void): void {
    this.totalBytes = totalBytesOf(req);
    // Modules may have read all of it.
    if (this.totalBytes === 0 || req.readableEnded) return void preloaded();
    this.#req = req;
    this.#isComplete = false;
    this.#onPreloaded = preloaded;
    req.on('close', this.#onClose);
    const source = bodySourceOf(req);
    if (source?.takeBody(this)) {
      this.#source = source;
      return;
    }
    req.on('data', this.#onData);
    req.on('end', this.#onEnd);
  }

  /** The bytes that came before the call; taken out, so that no read gives them again. */
  takePreloaded(): Buffer {
    if (this.#buffered === 0) return EMPTY;
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const rest = all.subarray(PRELOAD_LIMIT_BYTES);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#source?.bodyConsumed(all.length - rest.length);
    this.#buffered = rest.length;
    return all.subarray(0, PRELOAD_LIMIT_BYTES);
  }

  /** The last byte has come. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get isReading(): boolean {
    return this.#target !== undefined;
  }

  /** Reads into `target`: the bytes when nothing has to be waited for, else LATER. */
  read(target: Uint8Array, done: ReadDone): number {
    const bytes = this.#fill(target, 0);
    if (bytes === target.length || this.#isComplete || this.isBroken) return bytes;
    this.#target = target;
    this.#done = done;
    this.#filled = bytes;
    if (bytes > 0) this.#schedule();
    this.#resume();
    return LATER;
  }

  /** Reads what is there and waits for nothing: the connection is gone. */
  readRest(target: Uint8Array): number {
    return this.#fill(target, 0);
  }

  /** Gives up the read that waits. Bytes that it has taken are given to the next one. */
  cancelRead(): void {
    const target = this.#target;
    if (target === undefined) return;
    if (this.#filled > 0) {
      this.#chunks.unshift(Buffer.from(target.subarray(0, this.#filled)));
      this.#buffered += this.#filled;
    }
    this.#forgetReader();
  }

  /** Lets go of the request; what is left of its body is thrown away as it comes. */
  close(): void {
    this.#forgetReader();
    const kept = this.#buffered;
    this.#chunks = [];
    this.#buffered = 0;
    this.#isComplete = true;
    this.isBroken = false;
    this.#onPreloaded = undefined;
    this.#isPaused = false;
    const req = this.#req;
    if (req === undefined) return;
    this.#req = undefined;
    req.removeListener('data', this.#onData);
    req.removeListener('end', this.#onEnd);
    req.removeListener('close', this.#onClose);
    this.#source?.leaveBody();
    this.#source?.bodyConsumed(kept);
    this.#source = undefined;
    req.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    const bytes = this.#take(chunk);
    if (bytes < chunk.length) this.#keep(bytes === 0 ? chunk : chunk.subarray(bytes));
    this.#taken(bytes);
  };

  onBodyBytes(bytes: Buffer): void {
    const taken = this.#take(bytes);
    if (taken > 0) this.#source!.bodyConsumed(taken);
    if (taken < bytes.length) this.#keep(Buffer.from(bytes.subarray(taken)));
    this.#taken(taken);
  }

  onBodyEnd(): void {
    this.#onEnd();
  }

  /** Copies into the reader's buffer what it has room for. */
  #take(chunk: Buffer): number {
    const target = this.#target;
    if (target === undefined) return 0;
    const bytes = Math.min(chunk.length, target.length - this.#filled);
    target.set(bytes === chunk.length ? chunk : chunk.subarray(0, bytes), this.#filled);
    this.#filled += bytes;
    return bytes;
  }

  #taken(bytes: number): void {
    if (this.#target === undefined) {
      if (this.#onPreloaded === undefined) this.#pause();
      else if (this.#buffered >= PRELOAD_LIMIT_BYTES) this.#endPreload();
    } else if (this.#filled === this.#target.length) this.#finish();
    else if (bytes > 0) this.#schedule();
  }

  readonly #onEnd = (): void => {
    this.#isComplete = true;
    if (this.#onPreloaded !== undefined) this.#endPreload();
    else this.#finish();
  };

  readonly #onClose = (): void => {
    if (this.#isComplete) return;
    this.isBroken = true;
    this.#onPreloaded = undefined;
    this.#finish();
  };

  #endPreload(): void {
    const preloaded = this.#onPreloaded!;
    this.#onPreloaded = undefined;
    if (!this.#isComplete) this.#pause();
    preloaded();
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /** Moves kept bytes into `target` from `at`; how many it holds then. */
  #fill(target: Uint8Array, at: number): number {
    let filled = at;
    let used = 0;
    for (const chunk of this.#chunks) {
      const bytes = Math.min(chunk.length, target.length - filled);
      target.set(bytes === chunk.length ? chunk : chunk.subarray(0, bytes), filled);
      filled += bytes;
      if (bytes < chunk.length) {
        this.#chunks[used] = chunk.subarray(bytes);
        break;
      }
      used++;
    }
    this.#chunks.splice(0, used);
    this.#buffered -= filled - at;
    if (filled > at) this.#source?.bodyConsumed(filled - at);
    return filled;
  }

  /** Ends the read that waits at the end of this turn, with what it has by then. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurnEnd);
  }

  readonly #onTurnEnd = (): void => {
    this.#isScheduled = false;
    if (this.#filled > 0) this.#finish();
  };

  #finish(): void {
    const done = this.#done;
    if (done === undefined) return;
    const bytes = this.#filled;
    this.#forgetReader();
    done(bytes);
  }

  #forgetReader(): void {
    this.#target = undefined;
    this.#done = undefined;
    this.#filled = 0;
  }

  #pause(): void {
    if (this.#isPaused || this.#source !== undefined) return;
    this.#isPaused = true;
    this.#req!.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#req!.resume();
  }
}

/** Node accepts one Content-Length, of digits only, and none beside Transfer-Encoding. */
function totalBytesOf(req: IncomingMessage): number {
  if (req.headers['transfer-encoding'] !== undefined) return HSE_TOTAL_BYTES_UNKNOWN;
  const length = req.headers['content-length'];
  return length === undefined ? 0 : Number(length);
}
