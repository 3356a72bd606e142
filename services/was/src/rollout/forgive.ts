import type { StoredReceipt } from '@baton/store';
import type { Pool } from '../cluster/pool.ts';
import { isInnocent } from '../recycle/failures.ts';

/** A recycle of a rollout failed for a reason that says nothing about the new settings: it is asked for again when the slot is calm. */
export function isForgiven(pool: Pick<Pool, 'state' | 'isRemoved'>, { failure = '' }: Pick<StoredReceipt, 'failure'>): boolean {
  return pool.state === 'stopped' || pool.isRemoved || isInnocent(failure);
}
