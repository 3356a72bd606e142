import { formatDuration } from '@baton/config';

/** A slot as its periodic limits see it. */
export interface AgingSlot {
  readonly name: string;
  readonly workerId: string;
  /** Unix time from which its age counts, ms; undefined: it is not ready. */
  readonly sinceMs: number | undefined;
  /** Requests it has served since then. */
  readonly requests: number;
  /** A change of who serves it runs or was asked for. */
  readonly isMoving: boolean;
}

/** Limits of one worker, 0 = none. */
export interface PeriodicLimits {
  readonly timeMs: number;
  readonly requests: number;
}

export interface Due {
  readonly slot: AgingSlot;
  readonly cause: 'time' | 'requests';
  readonly reason: string;
}

/**
 * The worker of a pool that is to be recycled now because it has reached a limit, or undefined.
 *
 * - One at a time: nothing while any slot of the pool moves, so that workers that were started together do not all go together.
 *   (Reference: "time and request-count recycles are staggered".) The one that is over its limit by most goes first.
 */
export function nextDue(slots: readonly AgingSlot[], limits: PeriodicLimits, now: number): Due | undefined {
  if (slots.some(({ isMoving }) => isMoving)) return undefined;
  const shares = slots.flatMap((slot) => {
    const share = excess(slot, limits, now);
    return share ? [share] : [];
  });
  return shares.sort((a, b) => b.ratio - a.ratio)[0]?.due;
}

function excess(slot: AgingSlot, { timeMs, requests }: PeriodicLimits, now: number): { ratio: number; due: Due } | undefined {
  if (slot.sinceMs === undefined) return undefined;
  const age = timeMs > 0 ? (now - slot.sinceMs) / timeMs : 0;
  const served = requests > 0 ? slot.requests / requests : 0;
  if (Math.max(age, served) < 1) return undefined;
  if (age >= served) return { ratio: age, due: { slot, cause: 'time', reason: `ready for ${formatDuration(timeMs)}` } };
  return { ratio: served, due: { slot, cause: 'requests', reason: `${slot.requests} requests served, the limit is ${requests}` } };
}
