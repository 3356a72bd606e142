import { until } from '@baton/core';
import { readClusterFile } from '../../cluster/cluster-file.ts';
import { isSameProcess } from '../supervise/process-id.ts';

export interface Leftover {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

/** Processes of an earlier run in this data directory that have not ended yet: its supervisor was killed a moment ago. */
export function findLeftovers(dataDir: string): Leftover[] {
  const file = readClusterFile(dataDir);
  if (!file?.pids || !file.startTimes) return [];
  return Object.entries(file.pids).flatMap(([name, pid]) => {
    const startTime = file.startTimes[name];
    return startTime !== undefined && pid !== process.pid && isSameProcess(pid, startTime) ? [{ name, pid, startTime }] : [];
  });
}

const GRACE_MS = 10_000;

/** Waits until they have ended by themselves; what has not after the grace, 10 s, is killed. Rejects when the signal aborts. */
export async function awaitLeftovers(leftovers: readonly Leftover[], signal: AbortSignal, graceMs = GRACE_MS): Promise<void> {
  const areGone = () => {
    signal.throwIfAborted();
    return leftovers.every(({ pid, startTime }) => !isSameProcess(pid, startTime));
  };
  const ended = await until(areGone, graceMs, 'the end of the earlier run', 50).catch(() => false);
  signal.throwIfAborted();
  if (ended) return;
  for (const { pid, startTime } of leftovers) if (isSameProcess(pid, startTime)) process.kill(pid, 'SIGKILL');
  await until(areGone, graceMs, 'the end of the earlier run', 20);
}
