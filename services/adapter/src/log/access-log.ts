import { closeSync, openSync, write, writeSync } from 'node:fs';
import { BatonError } from '@baton/core';

/** Lines are handed to the system together, at most this often, ms. */
const FLUSH_MS = 50;
/** More than this is handed over at once, characters. */
const FLUSH_CHARS = 65_536;
/** Past this, lines are dropped and counted: a reader that hangs must not take the adapter's memory. */
const LIMIT_CHARS = 16 * 1_048_576;
const RETRY_MS = 10;

/** Takes finished lines of the access log. */
export interface LineSink {
  write(line: string): void;
}

/**
 * Writes lines to a file or to stdout without making a request wait: gathered, then written by the thread pool, one write at a time.
 *
 * - `dropped` counts lines that found the buffer full.
 */
export class LineFile implements LineSink {
  dropped = 0;
  private pending = '';
  private writing = '';
  private timer: NodeJS.Timeout | undefined = undefined;
  private isFailed = false;
  private readonly fd: number;

  /** `target`: a path, opened for appending, or "-" for stdout. Throws CONFIG_UNREADABLE. */
  constructor(target: string) {
    try {
      this.fd = target === '-' ? 1 : openSync(target, 'a', 0o640);
    } catch (error) {
      throw BatonError.from(error, 'CONFIG_UNREADABLE', `the access log ${target} cannot be opened`);
    }
  }

  write(line: string): void {
    if (this.pending.length > LIMIT_CHARS) {
      this.dropped++;
      return;
    }
    this.pending += line;
    if (this.pending.length > FLUSH_CHARS) this.flush();
    else this.timer ??= setTimeout(() => this.onTimer(), FLUSH_MS).unref();
  }

  /** Writes what is left, at once. */
  close(): void {
    clearTimeout(this.timer);
    const rest = this.writing === '' ? this.pending : '';
    if (rest !== '' && !this.isFailed) writeAll(this.fd, rest);
    this.pending = '';
    if (this.fd !== 1) closeSync(this.fd);
  }

  /** Resolves when everything written so far is with the system. */
  async flushed(): Promise<void> {
    while (this.pending !== '' || this.writing !== '') {
      this.flush();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  private onTimer(): void {
    this.timer = undefined;
    this.flush();
  }

  private flush(): void {
    if (this.writing !== '' || this.pending === '' || this.isFailed) return;
    this.writing = this.pending;
    this.pending = '';
    this.send(Buffer.from(this.writing));
  }

  private send(bytes: Buffer): void {
    write(this.fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error && error.code !== 'EAGAIN') {
        // A full disk or a closed pipe: serving goes on without the log.
        this.isFailed = true;
        this.writing = '';
        return;
      }
      const rest = error ? bytes : bytes.subarray(written);
      if (rest.length > 0) setTimeout(() => this.send(rest), error ? RETRY_MS : 0);
      else {
        this.writing = '';
        if (this.pending.length > 0) this.flush();
      }
    });
  }
}

function writeAll(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // The process is ending; there is nobody left to tell.
  }
}
