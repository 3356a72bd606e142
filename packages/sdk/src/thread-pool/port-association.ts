import type { MessagePort } from 'node:worker_threads';
import { ERROR_MORE_DATA, ERROR_NUMBERS, ERROR_OPERATION_ABORTED, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { type AssociationParts, checkNoOffset, HandleAssociation } from './handle-association.ts';
import type { Operation } from './operation.ts';
import type { OverlappedLike } from './overlapped.ts';

/** Messages that may wait for a read. */
const MAX_WAITING = 1_024;

/**
 * A port of worker_threads, as a pipe of messages: a write sends one, a copy of its bytes; a read gets one.
 *
 * - What of a message is longer than the read's buffer stays for the next read, and this one ends with ERROR_MORE_DATA.
 * - A message that is no bytes ends its read with ERROR_INVALID_DATA and is dropped.
 * - More than 1,024 messages without a read: the port is closed.
 */
export class PortAssociation extends HandleAssociation {
  readonly handle: MessagePort;
  readonly what = 'a port';
  readonly #reads: Operation[] = [];
  readonly #waiting: unknown[] = [];
  #isListening = false;
  #isClosed = false;
  #hasOverflowed = false;

  constructor(handle: MessagePort, parts: AssociationParts) {
    super(parts);
    this.handle = handle;
    handle.once('close', () => this.#end());
  }

  read(buffer: Uint8Array, overlapped: OverlappedLike): void {
    if (this.#isClosed && this.#waiting.length === 0) this.refuseClosed('read');
    checkNoOffset(overlapped, this.what);
    const operation = this.accept(true, buffer, overlapped);
    this.keepScope(operation);
    this.#reads.push(operation);
    if (!this.#isListening) {
      this.#isListening = true;
      this.handle.on('message', this.#receive);
    }
    this.handle.ref();
    process.nextTick(this.#fill);
  }

  write(buffer: Uint8Array, overlapped: OverlappedLike): void {
    if (this.#isClosed) this.refuseClosed('write');
    checkNoOffset(overlapped, this.what);
    const operation = this.accept(false, buffer, overlapped);
    this.keepScope(operation);
    const copy = new Uint8Array(buffer);
    this.handle.postMessage(copy, [copy.buffer]);
    // done at once, and told like any other
    process.nextTick(operation.ended, undefined, buffer.byteLength);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.cancelIo();
    await new Promise<void>((resolve) => {
      this.handle.once('close', resolve);
      this.handle.close();
    });
  }

  protected override abort(operation: Operation): void {
    const place = this.#reads.indexOf(operation);
    if (place === -1) return;
    this.#reads.splice(place, 1);
    this.#restIfIdle();
    process.nextTick(() => this.finish(operation, ERROR_OPERATION_ABORTED, 0));
  }

  protected override abortAll(): void {
    for (const operation of [...this.#reads]) this.abort(operation);
  }

  readonly #receive = (message: unknown): void => {
    this.#waiting.push(message);
    this.#fill();
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#hasOverflowed = true;
    this.handle.close();
  };

  readonly #fill = (): void => {
    while (this.#reads.length > 0 && this.#waiting.length > 0) {
      const operation = this.#reads.shift()!;
      const bytes = bytesOf(this.#waiting[0]);
      const room = operation.buffer.byteLength;
      if (bytes && bytes.byteLength > room) {
        operation.buffer.set(bytes.subarray(0, room));
        this.#waiting[0] = bytes.subarray(room);
        this.finish(operation, ERROR_MORE_DATA, room);
        continue;
      }
      this.#waiting.shift();
      if (!bytes) this.finish(operation, ERROR_NUMBERS.ERROR_INVALID_DATA, 0);
      else {
        operation.buffer.set(bytes);
        this.finish(operation, ERROR_SUCCESS, bytes.byteLength);
      }
    }
    this.#restIfIdle();
  };

  /** A port without a read that waits keeps no process alive. */
  #restIfIdle(): void {
    if (this.#reads.length === 0) this.handle.unref();
  }

  #end(): void {
    this.#isClosed = true;
    const error = this.#hasOverflowed ? ERROR_NUMBERS.ERROR_NOT_ENOUGH_QUOTA : ERROR_OPERATION_ABORTED;
    for (const operation of this.#reads.splice(0)) this.finish(operation, error, 0);
    this.forget();
  }
}

function bytesOf(message: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(message)) return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  if (message instanceof ArrayBuffer || message instanceof SharedArrayBuffer) return new Uint8Array(message);
  return undefined;
}
