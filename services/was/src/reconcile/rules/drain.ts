import { LIMITS } from '../../limits.ts';
import { stays } from '../../recycle/drain-limit.ts';
import type { Action } from '../actions.ts';
import type { SlotFacts } from '../facts.ts';

/** A recycle that was set aside ends with its old worker. */
export function endDrains(facts: SlotFacts): Action | undefined {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { id, from } of facts.slot.draining) {
    if (!facts.isGone(from)) continue;
    const untilMs = drainsUntil(facts, from, id);
    if (facts.now >= untilMs) return { do: 'endDrain', id };
    nextMs = Math.min(nextMs, untilMs);
  }
  return Number.isFinite(nextMs) ? { do: 'wait', untilMs: nextMs } : undefined;
}

/**
 * A committed recycle is set aside once its old worker is told to stop and nothing of the hand-over is open any more, where the pool lets
 * connections stay: then a next one can begin.
 *
 * - Every saved channel must be attached and have turned away from it. One without WAS may still have to make its step when the old worker says
 *   leaving, to a successor that a next recycle could have drained meanwhile (ADR 0010).
 */
export function maySetAside({ slot, pool, workers, channels, seats }: SlotFacts): boolean {
  const { change } = slot;
  if (change?.phase !== 'finishing' || !stays(pool.config.drain, change.stored.kind)) return false;
  const { from } = change.stored;
  if (workers.find(({ record }) => record.id === from)?.record.state !== 'stopping') return false;
  return channels.length > 0 && seats.every(({ presence, seat }) => presence === 'attached' && !seat.ask && seat.who !== from);
}

/** An old worker without a host stops by itself, within the limit of a stop order: it has read drain wherever an adapter is attached. */
export function drainsUntil({ pool, workers, areReportsAwaited }: SlotFacts, workerId: string, recycleId: string): number {
  const from = workers.find(({ record }) => record.id === workerId)?.record;
  if (from?.state !== 'orphaned' || !areReportsAwaited(recycleId)) return 0;
  return from.sinceMs + Math.max(from.stopLimitMs ?? 0, pool.config.processModel.shutdownTimeLimitMs) + LIMITS.limitSlackMs;
}
