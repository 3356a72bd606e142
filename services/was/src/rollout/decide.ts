import type { Crash } from '../cluster/slot.ts';

/** A slot as a rollout sees it. */
export interface RolloutSlot {
  readonly name: string;
  /** Who serves it, or is about to: nobody, a worker with the settings that hold, or one with others. */
  readonly worker: 'none' | 'current' | 'outdated';
  /** How long its worker has taken work, ms; absent: it takes none. */
  readonly servesForMs: number | undefined;
  /** A change of who serves it runs or was asked for, its starts fail, or a new leader does not know it yet. */
  readonly isMoving: boolean;
  /** The last of its workers that ended unasked. */
  readonly crash: Crash | undefined;
}

export interface RolloutFacts {
  /** In their order. */
  readonly slots: readonly RolloutSlot[];
  /** Those that hold. */
  readonly settings: string;
  /** Unix time, ms; absent: it has not begun. */
  readonly beganAtMs: number | undefined;
  /** disallowRotationOnConfigChange. */
  readonly isKept: boolean;
  /** A replacement with these settings failed, or a worker with them died. */
  readonly isStopped: boolean;
}

/** done: no worker has settings that do not hold; wait: not now; stop: a worker with those that hold died. */
export type RolloutStep =
  | { readonly do: 'done' }
  | { readonly do: 'wait' }
  | { readonly do: 'recycle'; readonly slot: string }
  | { readonly do: 'stop'; readonly slot: string; readonly crash: Crash };

/**
 * What a rollout does next. Level-triggered: it looks at the workers, not at what was done before, so a new leader goes on where the
 * former one was, and a change of the settings under way only changes who is outdated.
 *
 * - One slot at a time, and only while every worker of the pool takes work, those with the new settings for `rolloutSettleMs`: a version
 *   that becomes ready and crashes some moments later is caught in its first slot.
 * - The unplanned death of a worker with the new settings stops it, whoever has started that worker; the death of any other does not.
 */
export function nextRolloutStep(
  { slots, settings, beganAtMs, isKept, isStopped }: RolloutFacts,
  { rolloutSettleMs }: { readonly rolloutSettleMs: number },
): RolloutStep {
  const outdated = slots.find(({ worker }) => worker === 'outdated');
  if (!outdated) return { do: 'done' };
  if (isKept || isStopped) return { do: 'wait' };
  for (const { name, crash } of slots) {
    if (crash?.settings === settings && beganAtMs !== undefined && crash.atMs >= beganAtMs) return { do: 'stop', slot: name, crash };
  }
  const isCalm = slots.every(({ worker, servesForMs = -1, isMoving }) => {
    if (isMoving) return false;
    return worker === 'none' || servesForMs >= (worker === 'current' ? rolloutSettleMs : 0);
  });
  return isCalm ? { do: 'recycle', slot: outdated.name } : { do: 'wait' };
}

/** Nothing is under way any more. Where no two workers may overlap, a slot is empty for a while and the next worker of the last one may still fail. */
export function isThrough(slots: readonly Pick<RolloutSlot, 'worker' | 'servesForMs' | 'isMoving'>[]): boolean {
  return slots.every(({ worker, servesForMs, isMoving }) => !isMoving && (worker === 'none' || servesForMs !== undefined));
}
