import type { EventRecord, History, Violation } from '../history.ts';

const ENDS = new Set(['worker.exited', 'worker.failed', 'worker.refused']);

/**
 * Where rotation must not overlap, a start is ordered only when every process before it in the slot has ended.
 *
 * - The order is told before the process can be there, an end after it is gone: by the order of events no two were there at once either.
 * - A worker whose host was given up counts as ended, for it ends by itself before; one that comes back after all counts again.
 */
export function checkOverlap({ events, noOverlap = [] }: History): Violation[] {
  const running = new Map<string, Set<string>>();
  const found: Violation[] = [];
  for (const event of events) {
    const { type, pool, slot, worker } = event;
    if (worker === '' || !noOverlap.includes(pool)) continue;
    const own = running.get(slot) ?? new Set();
    running.set(slot, own);
    if (isEnd(event)) own.delete(worker);
    if (type !== 'worker.starting' && type !== 'worker.returned') continue;
    own.add(worker);
    const others = [...own].filter((id) => id !== worker);
    if (others.length === 0) continue;
    const what = type === 'worker.starting' ? 'was started' : 'came back';
    found.push({ rule: 'no overlap', message: `${worker} of ${slot} ${what} while ${others.join(' and ')} had not ended` });
  }
  return found;
}

function isEnd({ type, cause }: EventRecord): boolean {
  return ENDS.has(type) || (type === 'worker.orphaned' && cause === 'host-lost');
}
