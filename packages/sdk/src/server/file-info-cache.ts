import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { fromNode } from '../errors/from-node.ts';
import { HostError } from '../errors/host-error.ts';
import type { FileInfo } from './file-info.ts';

interface Entry {
  readonly info: FileInfo;
  /** ms of performance.now(). */
  checkedAtMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/**
 * Facts of files, kept: one that was looked at within `freshMs` is believed, one before is looked at again, and is the same object when nothing has
 * changed. What was used longest ago goes when there are too many.
 */
export class FileInfoCache {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  readonly #freshMs: number;
  readonly #now: () => number;
  hits = 0;
  misses = 0;

  constructor(options: { limit?: number; freshMs?: number; now?: () => number } = {}) {
    this.#limit = options.limit ?? 4_096;
    this.#freshMs = options.freshMs ?? 1_000;
    this.#now = options.now ?? (() => performance.now());
  }

  get size(): number {
    return this.#entries.size;
  }

  async get(path: string): Promise<FileInfo> {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new HostError('ERROR_INVALID_NAME', `The path of a file was expected, ${JSON.stringify(path)} came`);
    const filePath = resolve(path);
    const known = this.#entries.get(filePath);
    const nowMs = this.#now();
    if (known && nowMs - known.checkedAtMs < this.#freshMs) {
      this.hits++;
      return this.#use(filePath, known).info;
    }
    const found = await look(filePath).catch((error: unknown) => {
      this.#entries.delete(filePath);
      throw fromNode(error, `The facts of ${filePath} cannot be read`);
    });
    if (known && known.mtimeMs === found.mtimeMs && known.ctimeMs === found.ctimeMs && known.info.size === found.size) {
      this.hits++;
      known.checkedAtMs = nowMs;
      return this.#use(filePath, known).info;
    }
    this.misses++;
    const info: FileInfo = Object.freeze({
      filePath,
      size: found.size,
      lastModified: found.mtime,
      etag: `"${found.size.toString(16)}-${Math.floor(found.mtimeMs * 1_000).toString(16)}-${found.ino.toString(16)}"`,
      mimeType: await mimeTypeOf(filePath),
      isDirectory: found.isDirectory(),
    });
    return this.#use(filePath, { info, checkedAtMs: nowMs, mtimeMs: found.mtimeMs, ctimeMs: found.ctimeMs }).info;
  }

  /** Forgets a file, or all below a folder; how many there were. */
  forget(path: string): number {
    const filePath = resolve(path);
    const below = filePath.endsWith(sep) ? filePath : filePath + sep;
    const gone = [...this.#entries.keys()].filter((known) => known === filePath || known.startsWith(below));
    for (const known of gone) this.#entries.delete(known);
    return gone.length;
  }

  #use(filePath: string, entry: Entry): Entry {
    this.#entries.delete(filePath);
    this.#entries.set(filePath, entry);
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value!);
    return entry;
  }
}

const look = (filePath: string) => stat(filePath);

async function mimeTypeOf(filePath: string): Promise<string> {
  // its table is read when it is first asked for
  const { default: mime } = await import('mime-types');
  return mime.contentType(filePath.slice(filePath.lastIndexOf(sep) + 1)) || 'application/octet-stream';
}
