import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatonError } from '@baton/core';

/** The kernel's limit is 108 bytes with the closing zero, 104 on macOS. */
const LONGEST_SOCKET_PATH = 103;

/**
 * Where the private Redis listens: in the data directory, or in a short temporary one when that path is too long for a socket.
 *
 * - The temporary one is named after the data directory, so that runs that were killed leave one folder, not many.
 */
export function chooseSocketPath(dataDir: string): { path: string; remove(): void } {
  const path = join(dataDir, 'redis.sock');
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return { path, remove: () => rmSync(path, { force: true }) };
  const folder = join(tmpdir(), `baton-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const facts = lstatSync(folder);
  if (!facts.isDirectory() || facts.uid !== process.getuid?.() || (facts.mode & 0o077) !== 0)
    throw new BatonError('INTERNAL', `${folder} belongs to somebody else; pass a --data-dir with a shorter path`);
  return { path: join(folder, 'redis.sock'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
