import type { StoredReceipt } from '@baton/store';
import type { Pool } from '../cluster/pool.ts';

/** A leader that was replaced, adapters that were away, and a slot that nobody serves any more; see handover/coordinate.ts and reconcile/rules/recycle.ts. */
const FORGIVEN =
  /another leader has taken over|no channel is attached|not served any more|nobody serves the slot any more|^change \S+ runs/;

/** A recycle of a rollout failed for a reason that says nothing about the new settings: it is asked for again when the slot is calm. */
export function isForgiven(pool: Pick<Pool, 'state' | 'isRemoved'>, { failure = '' }: Pick<StoredReceipt, 'failure'>): boolean {
  return pool.state === 'stopped' || pool.isRemoved || FORGIVEN.test(failure);
}
