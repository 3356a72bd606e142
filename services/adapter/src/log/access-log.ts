import { closeSync, openSync, write, writeSync } from 'node:fs';
import { BatonError } from '@baton/core';

/** Lines are handed to the system together, at most this often, ms. */
const FLUSH_MS = 50;
/** A larger block costs fewer hand-overs to the thread pool, each of which wakes a thread. */
const BLOCK_BYTES = 262_144;
/** Blocks that may wait; past that lines are dropped and counted: a reader that hangs must not take the adapter's memory. */
const MAX_BLOCKS = 64;
const RETRY_MS = 10;

/**
 * Writes lines to a file or to stdout without making a request wait: gathered in blocks, written by the thread pool, one write at a time.
 *
 * - Lines go into bytes at once: strings kept until the next write would survive the young generation, and be flattened and encoded then.
 * - `dropped` counts lines that found every block full.
 */
export class LineFile {
  dropped = 0;
  /** Where the next line goes; see `reserve`. */
  block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private used = 0;
  /** Full blocks that wait for the write before them. */
  private readonly waiting: Buffer[] = [];
  private readonly spare: Buffer[] = [];
  private isWriting = false;
  private isFailed = false;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined = undefined;
  private readonly idle: (() => void)[] = [];
  private readonly fd: number;

  /** `target`: a path, opened for appending, or "-" for stdout. Throws CONFIG_UNREADABLE. */
  constructor(target: string) {
    try {
      this.fd = target === '-' ? 1 : openSync(target, 'a', 0o640);
    } catch (error) {
      throw BatonError.from(error, 'CONFIG_UNREADABLE', `the access log ${target} cannot be opened`);
    }
  }

  /** Makes room for a line in `block`; returns the index to write it at, -1 when the line is dropped. */
  reserve(maxBytes: number): number {
    if (this.used + maxBytes > BLOCK_BYTES && !this.turnBlock(maxBytes)) {
      this.dropped++;
      return -1;
    }
    return this.used;
  }

  /** The line ends before index `end`. */
  commit(end: number): void {
    this.used = end;
    this.timer ??= setTimeout(() => this.onTimer(), FLUSH_MS).unref();
  }

  /** Resolves when everything written so far is with the system. */
  flushed(): Promise<void> {
    this.flush();
    if (!this.isWriting) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Writes what is left and closes the file; lines written later are dropped. */
  async close(): Promise<void> {
    await this.flushed();
    this.isClosed = true;
    clearTimeout(this.timer);
    if (this.fd !== 1) closeSync(this.fd);
  }

  /** For the last moments of a process: writes what is left before it returns. */
  flushSync(): void {
    if (this.isClosed || this.isFailed) return;
    try {
      for (const bytes of this.waiting.splice(0)) writeSync(this.fd, bytes);
      writeSync(this.fd, this.block, 0, this.used);
      this.used = 0;
    } catch {
      // There is nobody left to tell.
    }
  }

  private onTimer(): void {
    this.timer = undefined;
    this.flush();
  }

  private flush(): void {
    if (this.used > 0) this.turnBlock(0);
  }

  /** Queues the filled part of the block and takes a fresh one; false when there is none for `need` bytes. */
  private turnBlock(need: number): boolean {
    if (this.isClosed || this.isFailed || need > BLOCK_BYTES || this.waiting.length >= MAX_BLOCKS) return false;
    this.waiting.push(this.block.subarray(0, this.used));
    this.block = this.spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.used = 0;
    if (!this.isWriting) this.next();
    return true;
  }

  private next(): void {
    const bytes = this.waiting.shift();
    this.isWriting = bytes !== undefined;
    if (bytes) this.send(bytes, bytes);
    else for (const done of this.idle.splice(0)) done();
  }

  private send(rest: Buffer, whole: Buffer): void {
    write(this.fd, rest, 0, rest.length, null, (error, written) => {
      if (error && error.code !== 'EAGAIN') {
        // A full disk or a closed pipe: serving goes on without the log.
        this.isFailed = true;
        this.waiting.length = 0;
      }
      const left = error ? rest : rest.subarray(written);
      if (left.length > 0 && !this.isFailed) {
        setTimeout(() => this.send(left, whole), error ? RETRY_MS : 0);
        return;
      }
      if (this.spare.length < 4) this.spare.push(Buffer.from(whole.buffer));
      this.next();
    });
  }
}
