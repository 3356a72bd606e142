import { constants } from 'node:fs';
import { copyFile, stat, truncate } from 'node:fs/promises';
import { sleep } from '@baton/core';

export interface BoundFileOptions {
  /** Looked at this often, ms. @default 5_000 */
  readonly everyMs?: number;
  /** @default 64 MiB */
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

/**
 * Keeps a file that another process appends to from growing without end: when it is larger than the limit it is copied to PATH.1 and emptied.
 *
 * - The writer keeps its descriptor, so the file cannot be renamed; lines written between copy and emptying are lost.
 * - Resolves when the signal aborts.
 */
export async function boundFile(path: string, { everyMs = 5_000, limitBytes = 64 * 1024 * 1024, signal }: BoundFileOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      await sleep(everyMs, signal, true);
      if ((await stat(path)).size <= limitBytes) continue;
      await copyFile(path, `${path}.1`, constants.COPYFILE_FICLONE);
      await truncate(path);
    } catch {
      // not there yet, or the disk is full: looked at again
    }
  }
}
