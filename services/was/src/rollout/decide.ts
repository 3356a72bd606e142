/** A slot as a rollout sees it. */
export interface RolloutSlot {
  readonly name: string;
  /** Who serves it, or is about to: nobody, a worker with the settings that hold, or one with others. */
  readonly worker: 'none' | 'current' | 'outdated';
  /** Its worker takes work. */
  readonly isReady: boolean;
  /** A change of who serves it runs or was asked for, its starts fail, or a new leader does not know it yet. */
  readonly isMoving: boolean;
}

export interface RolloutFacts {
  /** In their order. */
  readonly slots: readonly RolloutSlot[];
  /** disallowRotationOnConfigChange. */
  readonly isKept: boolean;
  /** A replacement with these settings failed. */
  readonly isStopped: boolean;
}

/** done: no worker has settings that do not hold; wait: not now. */
export type RolloutStep = { readonly do: 'done' } | { readonly do: 'wait' } | { readonly do: 'recycle'; readonly slot: string };

/**
 * What a rollout does next. Level-triggered: it looks at the workers, not at what was done before, so a new leader goes on where the
 * former one was, and a change of the settings under way only changes who is outdated.
 *
 * - One slot at a time, and only while every worker of the pool takes work. A version that crashes some moments after it was ready is
 *   replaced as any crashed worker, and the next slot goes on between two crashes.
 */
export function nextRolloutStep({ slots, isKept, isStopped }: RolloutFacts): RolloutStep {
  const outdated = slots.find(({ worker }) => worker === 'outdated');
  if (!outdated) return { do: 'done' };
  const isCalm = slots.every(({ worker, isReady, isMoving }) => !isMoving && (worker === 'none' || isReady));
  return isKept || isStopped || !isCalm ? { do: 'wait' } : { do: 'recycle', slot: outdated.name };
}
