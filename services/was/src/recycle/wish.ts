import { findSlot } from '../cluster/cluster.ts';
import type { Slot } from '../cluster/slot.ts';
import type { Engine } from '../reconcile/engine.ts';
import { answerWish } from '../reconcile/wish-answer.ts';
import { requestRecycle } from './request.ts';

/**
 * A worker asks to be recycled. Granted when a recycle of it runs or begins; denied when none may begin.
 *
 * - A replacement whose own recycle has not ended gets no answer: it asks again, and a new recycle begins then.
 * - One that does not serve any more is leaving anyway.
 */
export function takeRecycleWish(engine: Engine, workerId: string, reason: string): void {
  const worker = engine.cluster.workers.get(workerId);
  const slot = worker && findSlot(engine.cluster, worker.record.slot);
  if (!slot || slot.change?.stored.to === workerId) return;
  const denial = whyDenied(engine, slot, workerId, reason);
  answerWish(engine, workerId, 'recycle', denial === undefined, denial ?? '');
}

/** Begins or joins a recycle; otherwise why not. */
function whyDenied(engine: Engine, slot: Slot, workerId: string, reason: string): string | undefined {
  const { change, serving, name } = slot;
  if (change?.stored.from === workerId && change.stored.kind !== 'idle') return undefined;
  if (serving !== workerId) return 'it does not serve its slot';
  const decision = requestRecycle(engine, name, { cause: 'app', reason, requestedBy: `worker ${workerId}` });
  if (decision.outcome === 'refused') return decision.message;
  return decision.outcome === 'idle' ? 'nobody serves its slot' : undefined;
}
