import { read } from 'node:fs';
import { ERROR_NUMBERS, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { errorNameOf } from '../errors/from-node.ts';
import type { FilePart } from './file-part.ts';
import type { Output } from './output.ts';
import type { TransferBuffers } from './transfer-buffers.ts';

/** A thing to be sent: bytes in memory, or a part of a file. */
export type Part = Uint8Array | FilePart;

/** Buffers of one transfer that are on their way out at once: while one is taken by the connection the next ones are read. */
const MOST_ON_THE_WAY = 3;

/** Is told the end of a transfer, once: the bytes sent, or 0 and a number of winerror.h. */
export type TransferDone = (bytes: number, error: number) => void;

/**
 * Sends parts of files and of memory, in order, as one operation.
 *
 * - Memory and file are read while what is before them goes out; no more than three buffers are on their way.
 * - It ends only when no read of a file is under way, so that the file may be closed and a buffer be used again then.
 */
export class Transfer {
  readonly #output: Output;
  readonly #buffers: TransferBuffers;
  readonly #parts: readonly Part[];
  readonly #done: TransferDone;
  #index = 0;
  #isReading = false;
  #onTheWay = 0;
  #bytes = 0;
  #error = ERROR_SUCCESS;
  #isStopped = false;
  #isDone = false;

  constructor(output: Output, buffers: TransferBuffers, parts: readonly Part[], done: TransferDone) {
    this.#output = output;
    this.#buffers = buffers;
    this.#parts = parts;
    this.#done = done;
  }

  /** Ends it early. What was given to the connection goes out. */
  readonly stop = (error: number): void => {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#error = error;
    this.#output.markCut();
    this.#settle();
  };

  /** Begins it, or goes on as far as it can. Not to be called from outside more than once. */
  pump(): void {
    while (!this.#isStopped && this.#onTheWay < MOST_ON_THE_WAY) {
      const part = this.#parts[this.#index];
      if (part === undefined) break;
      if (part instanceof Uint8Array) {
        this.#index++;
        if (part.length > 0) this.#write(part, undefined);
      } else if (part.left === 0) {
        this.#index++;
      } else {
        if (!this.#isReading) this.#read(part);
        return;
      }
    }
    this.#settle();
  }

  #read(part: FilePart): void {
    this.#isReading = true;
    const buffer = this.#buffers.take();
    read(part.fd, buffer, 0, Math.min(buffer.length, part.left), part.position, (error, bytes) => {
      this.#isReading = false;
      if (this.#isStopped || error || bytes === 0) {
        this.#buffers.giveBack(buffer);
        if (!this.#isStopped) this.stop(error ? ERROR_NUMBERS[errorNameOf(error)] : ERROR_NUMBERS.ERROR_HANDLE_EOF);
        else this.#settle();
        return;
      }
      part.position += bytes;
      part.left -= bytes;
      this.#write(bytes === buffer.length ? buffer : buffer.subarray(0, bytes), buffer);
      this.pump();
    });
  }

  #write(bytes: Uint8Array, buffer: Buffer | undefined): void {
    this.#onTheWay++;
    try {
      this.#output.write(bytes, (error) => {
        this.#onTheWay--;
        if (buffer) this.#buffers.giveBack(buffer);
        if (error) return this.stop(this.#output.gone || ERROR_NUMBERS.ERROR_OPERATION_ABORTED);
        this.#bytes += bytes.length;
        this.pump();
      });
    } catch {
      // A response that somebody else has ended: there is no caller to throw to.
      this.#onTheWay--;
      this.stop(ERROR_NUMBERS.ERROR_OPERATION_ABORTED);
    }
  }

  #settle(): void {
    if (this.#isDone || this.#isReading) return;
    if (!this.#isStopped && (this.#onTheWay > 0 || this.#index < this.#parts.length)) return;
    this.#isDone = true;
    this.#done(this.#error === ERROR_SUCCESS ? this.#bytes : 0, this.#error);
  }
}
