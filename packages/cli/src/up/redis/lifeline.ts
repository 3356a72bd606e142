import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BatonError } from '@baton/core';

/** A FIFO held open by this process and by every service it starts: who reads it learns when the last of them has ended (bin/guard.sh). */
export interface Lifeline {
  readonly path: string;
  /** To be passed on to each service. */
  readonly fd: number;
  close(): void;
}

export function openLifeline(dataDir: string): Lifeline {
  const path = join(dataDir, 'lifeline');
  rmSync(path, { force: true });
  try {
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
  } catch (error) {
    throw BatonError.from(error, 'INTERNAL', `a FIFO cannot be made at ${path}; --data-dir must be on a local file system`);
  }
  // Read and write: opening for writing alone would wait for a reader.
  const fd = openSync(path, constants.O_RDWR);
  return {
    path,
    fd,
    close: () => {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}
