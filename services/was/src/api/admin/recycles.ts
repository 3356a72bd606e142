import { BatonError, within } from '@baton/core';
import { admin, create } from '@baton/proto';
import type { StoredReceipt } from '@baton/store';
import { oneLine } from '../../one-line.ts';
import { findPool } from '../../pool/control.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { requestRecycle, whatHolds } from '../../recycle/request.ts';
import { waitsFor } from '../../recycle/waits-for.ts';
import { viewRecycle } from './view-recycle.ts';

const RECYCLES_BY_DEFAULT = 100;
const MOST_RECYCLES = 1_000;
/** A question waits at most this long; who wants to wait longer asks again, ms. */
const LONGEST_WAIT_MS = 60_000;

/** Receipts that Redis does not take in this time are not waited for, ms: who asks again joins what was begun. */
const LONGEST_SAVE_MS = 10_000;

/** What an operator asks for. */
export type RecycleAsk = Omit<admin.RecyclePoolRequest, '$typeName' | '$unknown'>;

/**
 * Recycles every worker of a pool, or tells what would hold it.
 *
 * - Refused as a whole when no slot can be recycled, otherwise slot by slot; a slot without a worker is left out, one that recycles already
 *   is joined.
 * - Answered when the receipts are in Redis: of a leader that was replaced without knowing, nobody would ever find them.
 */
export async function recyclePool(engine: Engine, { pool: name, reason, dryRun }: RecycleAsk): Promise<admin.RecyclePoolResponse> {
  const pool = findPool(engine, name);
  if (dryRun) return create(admin.RecyclePoolResponseSchema, { holds: whatHolds(engine, name) });
  if (pool.state === 'stopped') throw new BatonError('POOL_STOPPED', `pool ${name} is stopped (${pool.cause}); nothing is recycled in it`);
  const request = { cause: 'onDemand', reason: oneLine(reason), requestedBy: 'admin' } as const;
  const decisions = [...pool.slots.values()]
    .filter(({ isRetired }) => !isRetired)
    .sort((a, b) => a.index - b.index)
    .map(({ name: slot }) => ({ slot, decision: requestRecycle(engine, slot, request) }));
  const recycleIds = decisions.flatMap(({ decision }) => ('recycleId' in decision ? [decision.recycleId] : []));
  const refusals = decisions.flatMap(({ slot, decision }) =>
    decision.outcome === 'refused' ? [{ slot, code: decision.code, message: decision.message }] : [],
  );
  if (recycleIds.length === 0 && refusals[0]) {
    throw new BatonError(refusals[0].code, refusals.map(({ message }) => message).join('; '));
  }
  await within(Promise.all(recycleIds.map((id) => engine.receipts.saved(id))), LONGEST_SAVE_MS, `the write of ${recycleIds.join(', ')}`);
  return create(admin.RecyclePoolResponseSchema, { recycleIds, refusals });
}

/** Receipts, newest first; `limit` 0: a hundred. */
export async function listRecycles(engine: Engine, pool: string, limit: number): Promise<admin.ListRecyclesResponse> {
  if (!Number.isInteger(limit) || limit < 0 || limit > MOST_RECYCLES) {
    throw new BatonError('INVALID_ARGUMENT', `limit is a number from 0 to ${MOST_RECYCLES}, got ${limit}`);
  }
  if (pool !== '') findPool(engine, pool);
  const receipts = await engine.receipts.list(limit || RECYCLES_BY_DEFAULT, pool || undefined);
  return create(admin.ListRecyclesResponseSchema, { recycles: receipts.map((receipt) => view(engine, receipt)) });
}

/** A receipt now, or when it has ended: at most `waitMs` from now, and a minute at most. */
export async function getRecycle(engine: Engine, id: string, waitMs: number, signal?: AbortSignal): Promise<admin.GetRecycleResponse> {
  if (!Number.isFinite(waitMs) || waitMs < 0) throw new BatonError('INVALID_ARGUMENT', `waitMs is a number from 0, got ${waitMs}`);
  const receipt = await engine.receipts.whenEnded(id, Math.min(waitMs, LONGEST_WAIT_MS), signal);
  if (!receipt) throw new BatonError('NOT_FOUND', `there is no recycle "${id}", or its receipt is not kept any more`);
  return create(admin.GetRecycleResponseSchema, { recycle: view(engine, receipt) });
}

function view(engine: Engine, receipt: StoredReceipt): admin.Recycle {
  return viewRecycle(receipt, engine.time.now(), waitsFor(engine.cluster, receipt.slot, receipt.id));
}
