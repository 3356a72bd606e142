import type { Worker } from '../../cluster/worker.ts';
import { LIMITS } from '../../limits.ts';
import { isGivenUp } from '../../worker/record.ts';
import type { Action } from '../actions.ts';
import type { SlotFacts } from '../facts.ts';

/** Times that may pass for a worker. The host keeps the same limits and names the reason better, so the leader waits a little longer. */
export function keepLimits(facts: SlotFacts): Action | undefined {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const worker of facts.workers) {
    const limit = limitOf(worker, facts);
    if (!limit) continue;
    if (facts.now >= limit.atMs) return { do: 'move', workerId: worker.record.id, event: limit.event, cause: limit.cause };
    nextMs = Math.min(nextMs, limit.atMs);
  }
  return Number.isFinite(nextMs) ? { do: 'wait', untilMs: nextMs } : undefined;
}

type Limit = { readonly atMs: number; readonly event: 'startLimit' | 'partlyConnected' | 'stopLimit' | 'expired'; readonly cause: string };

function limitOf({ record, view, lastOrder }: Worker, { slot, pool, channels, hosts }: SlotFacts): Limit | undefined {
  const { startupTimeLimitMs, shutdownTimeLimitMs } = pool.config.processModel;
  const { state, sinceMs, decidedAtMs, isForced, stopLimitMs = shutdownTimeLimitMs } = record;
  // A replacement that is late fails its recycle: rules/change.ts.
  if (record.id === slot.change?.stored.to && slot.change.phase !== 'finishing') return undefined;
  if (state === 'starting' || state === 'connecting') {
    const atMs = (state === 'starting' ? sinceMs : Math.max(decidedAtMs, view.startedAtMs)) + startupTimeLimitMs + LIMITS.limitSlackMs;
    const isSomewhere = channels.some(({ ref, presence }) => presence === 'attached' && view.connected.has(ref));
    return isSomewhere ? { atMs, event: 'partlyConnected', cause: '' } : { atMs, event: 'startLimit', cause: 'STARTUP_TIMEOUT' };
  }
  // One that its host ends of its own accord is the host's to watch: it may have to wait for whom it is replaced by.
  if (state === 'stopping' && !isForced && !isGivenUp(record)) {
    return { atMs: sinceMs + stopLimitMs + LIMITS.limitSlackMs, event: 'stopLimit', cause: 'SHUTDOWN_TIMEOUT' };
  }
  if (state === 'orphaned') {
    // This leader ordered its start and heard of no process: no host takes that order any more, and one that took it tells of it when it is back.
    const wasNeverSeen = lastOrder?.verb === 'start' && view.pid === 0;
    if (wasNeverSeen) return { atMs: sinceMs + LIMITS.orderDeadlineMs, event: 'expired', cause: 'no host has started it' };
    // A host that is back names every process it knows of. One that it does not serves for shutdownTimeLimit without it, then leaves within another.
    const isBack = hosts.some(({ id, state, hasReported }) => id === record.host && state === 'attached' && hasReported);
    const longestMs = Math.max(stopLimitMs, shutdownTimeLimitMs);
    const mostMs = Math.max(LIMITS.orphanKeepMs, stopLimitMs + LIMITS.limitSlackMs);
    const keepMs = isBack ? Math.min(2 * longestMs + LIMITS.limitSlackMs, mostMs) : mostMs;
    return { atMs: sinceMs + keepMs, event: 'expired', cause: 'no host has claimed it' };
  }
  return undefined;
}
