import { isRequired } from '../../cluster/cluster.ts';
import { LIMITS } from '../../limits.ts';
import { mostDraining } from '../../recycle/drain-limit.ts';
import { FAILURES } from '../../recycle/failures.ts';
import type { Action } from '../actions.ts';
import { isOpen, type SlotFacts } from '../facts.ts';

/** A recycle that was asked for begins when no change runs and the serving worker is ready; it is dropped when there is nobody to replace. */
export function beginRecycle(facts: SlotFacts): Action | undefined {
  const { slot, serving, channels, pool } = facts;
  const { config } = pool;
  if (!slot.next || slot.change || facts.isIdentityAwaited) return undefined;
  if (!isOpen(facts)) return { do: 'dropRecycle', cause: FAILURES.notServed };
  if (slot.next.id === slot.calledOff) return { do: 'dropRecycle', cause: FAILURES.calledOff };
  if (!serving) return { do: 'dropRecycle', cause: FAILURES.nobodyServes };
  // A start that goes on becomes ready or fails; one that ends is replaced as after a crash.
  if (serving.record.state !== 'ready') return undefined;
  // The one that is replaced will drain beside them.
  if (slot.draining.length >= mostDraining(config.drain)) return undefined;
  if (!channels.some(isRequired)) return { do: 'dropRecycle', cause: FAILURES.noChannel };
  if (!channels.some(({ presence }) => presence === 'attached')) return undefined;
  return { do: 'beginRecycle', isParking: config.recycling.disallowOverlappingRotation };
}

/** A serving worker that lacks an attached channel for startupTimeLimit is recycled, once for each time the channel was attached or lost. */
export function completeConnections({ now, slot, serving, channels, pool }: SlotFacts): Action | undefined {
  if (slot.change || slot.next || serving?.record.state !== 'ready') return undefined;
  const { startupTimeLimitMs } = pool.config.processModel;
  const { record, view, lostAtMs, askedFor } = serving;
  const beganAtMs = Math.max(record.decidedAtMs, view.startedAtMs);
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { ref, presence, presenceSinceMs } of channels) {
    if (presence !== 'attached' || view.connected.has(ref)) continue;
    const sinceMs = Math.max(beganAtMs, presenceSinceMs, lostAtMs.get(ref) ?? 0);
    const mark = `${ref} since ${sinceMs}`;
    if (askedFor.has(mark)) continue;
    const dueMs = sinceMs + startupTimeLimitMs + LIMITS.limitSlackMs;
    nextMs = Math.min(nextMs, dueMs);
    if (now < dueMs) continue;
    const reason = `worker ${record.id} was not connected on ${ref} within startupTimeLimit (${startupTimeLimitMs} ms)`;
    return { do: 'askRecycle', workerId: record.id, mark, request: { cause: 'partlyConnected', reason, requestedBy: 'was' } };
  }
  return Number.isFinite(nextMs) ? { do: 'wait', untilMs: nextMs } : undefined;
}
