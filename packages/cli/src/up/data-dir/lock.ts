import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatonError } from '@baton/core';
import { isSameProcess, startTimeOf } from '../supervise/process-id.ts';

interface LockContent {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Makes this process the owner of a data directory, which is created if it is missing; DATA_DIR_IN_USE when another one runs in it.
 *
 * - The lock of a process that no longer runs (same pid and start time) is taken over.
 * - The lock appears with its content in one step (hard link), so no reader sees an empty one.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw BatonError.from(error, 'DATA_DIR_IN_USE', `the data directory ${dataDir} cannot be made`);
  }
  const path = join(dataDir, 'lock');
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) ?? '' } satisfies LockContent));
  try {
    while (!tryLink(own, path)) removeStaleLock(path, dataDir);
  } finally {
    rmSync(own, { force: true });
  }
  return { release: () => rmSync(path, { force: true }) };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw BatonError.from(error, 'DATA_DIR_IN_USE', `the lock ${to} cannot be made`);
  }
}

function removeStaleLock(path: string, dataDir: string): void {
  const holder = readLock(path);
  if (holder && isSameProcess(holder.pid, holder.startTime))
    throw new BatonError('DATA_DIR_IN_USE', `a cluster runs in ${dataDir} already (pid ${holder.pid})`, { details: { ...holder } });
  // Somebody else may have removed it and made a new one since it was read: what was moved away is looked at once more.
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // gone already
  }
  const moved = readLock(aside);
  if (moved && isSameProcess(moved.pid, moved.startTime)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function readLock(path: string): LockContent | undefined {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockContent>;
    return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}
