import type { PoolConfig } from '@baton/config';
import type { StoredChange } from '@baton/store';

type Settings = Pick<PoolConfig, 'drain' | 'processModel'>;

/**
 * How long the old worker of a recycle may take to drain, ms: with policy `stay` maxDrainAge, else shutdownTimeLimit.
 * Where work is parked until it has ended, nothing may stay.
 */
export function drainLimitOf({ drain, processModel }: Settings, kind: StoredChange['kind']): number {
  return stays(drain, kind) ? drain.maxDrainAgeMs : processModel.shutdownTimeLimitMs;
}

/** Long-lived connections remain with the old worker while the slot may go on to the next recycle. */
export function stays(drain: PoolConfig['drain'], kind: StoredChange['kind']): boolean {
  return drain.policy === 'stay' && kind === 'replace';
}

/** Generations of a slot that may drain at once beside the one that serves. */
export function mostDraining({ policy, maxDraining }: PoolConfig['drain']): number {
  return policy === 'stay' ? maxDraining : 1;
}
