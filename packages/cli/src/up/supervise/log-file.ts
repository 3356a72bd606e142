import { createWriteStream, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';

export interface LogFileOptions {
  /** The file is set aside at this size, bytes. @default 10 MiB */
  readonly limitBytes?: number;
  /** Older files kept, as PATH.1 (youngest) and on. @default 3 */
  readonly keep?: number;
}

/** Lines wait in memory up to this size when the disk is slow; further ones are dropped, bytes. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** A file of lines that never grows beyond its limit: full ones are set aside, the oldest goes. */
export class LogFile {
  readonly #path: string;
  readonly #limitBytes: number;
  readonly #keep: number;
  #stream: WriteStream;
  #bytes: number;

  constructor(path: string, { limitBytes = 10 * 1024 * 1024, keep = 3 }: LogFileOptions = {}) {
    this.#path = path;
    this.#limitBytes = limitBytes;
    this.#keep = keep;
    mkdirSync(dirname(path), { recursive: true });
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = this.#open();
  }

  write(line: string): void {
    const text = `${line}\n`;
    const bytes = Buffer.byteLength(text);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limitBytes) this.#rotate();
    if (this.#stream.writableLength > MOST_WAITING_BYTES) return;
    this.#bytes += bytes;
    this.#stream.write(text);
  }

  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream).catch(() => undefined);
  }

  #open(): WriteStream {
    // Opened at once: a stream that opens its path later would find the name of the next file there. A full disk must not take the cluster with it.
    return createWriteStream(this.#path, { fd: openSync(this.#path, 'a', 0o600) }).on('error', () => undefined);
  }

  /** Sets the full file aside; where that fails, the directory gone for example, the old one is written on. */
  #rotate(): void {
    try {
      rmSync(`${this.#path}.${this.#keep}`, { force: true });
      for (let age = this.#keep - 1; age >= 0; age--) {
        const from = age === 0 ? this.#path : `${this.#path}.${age}`;
        if (existsSync(from)) renameSync(from, `${this.#path}.${age + 1}`);
      }
      const next = this.#open();
      this.#stream.end();
      this.#stream = next;
    } catch {
      // tried again when as much has been written once more
    }
    this.#bytes = 0;
  }
}
