import { isFreeToStop, nextReconcileStep } from '../../handover/coordinate.ts';
import { LIMITS } from '../../limits.ts';
import { drainLimitOf, stays } from '../../recycle/drain-limit.ts';
import { isPending } from '../../worker/record.ts';
import type { Action } from '../actions.ts';
import type { SlotFacts } from '../facts.ts';

/** Nobody is asked for another worker than the serving one. */
const isCalm = ({ slot: { change } }: SlotFacts): boolean => !change || change.phase === 'starting' || change.phase === 'finishing';

/** Wherever the eligible worker is not the serving one, Handover goes out, in a change or not (handover.md, Hand-over 7). */
export function correctChannels(facts: SlotFacts): Action | undefined {
  if (!isCalm(facts)) return undefined;
  const { now, slot, seats, serving, newRecycleId } = facts;
  const isConnected = (_: string, ref: string) => serving?.view.connected.has(ref) ?? false;
  const { change } = slot;
  // An adapter that missed a commit still hands over in that recycle: what it finds in flight belongs into the receipt.
  const isMissed = (from: string) =>
    change?.phase === 'finishing' && change.stored.kind !== 'idle' && from === change.stored.from && slot.serving === change.stored.to;
  const recycleId = (from: string) => (isMissed(from) ? change!.stored.id : newRecycleId());
  const step = nextReconcileStep({ now, channels: seats, repeatMs: LIMITS.handoverRepeatMs }, slot.serving, isConnected, recycleId);
  if (!step) return undefined;
  return step.do === 'send' ? { do: 'handover', step } : step;
}

/** A live worker that neither serves nor takes part in a running change is told to stop, once no channel hands it work. */
export function stopSurplus(facts: SlotFacts): Action | undefined {
  const { slot, pool, workers, seats } = facts;
  const change = slot.change?.phase === 'finishing' ? undefined : slot.change?.stored;
  for (const { record } of workers) {
    if (record.id === slot.serving || record.id === change?.from || record.id === change?.to) continue;
    if (!isPending(record) && record.state !== 'ready') continue;
    if (!isFreeToStop(seats, record.id)) continue;
    const cause = causeOf(facts, record.id);
    return { do: 'move', workerId: record.id, event: 'stopWanted', cause, ...limitOf(record.id) };
  }
  return undefined;

  /** What the old worker of a recycle has begun may stay longer than that of any other. */
  function limitOf(workerId: string): { limitMs?: number } {
    const isDraining = slot.draining.some(({ from }) => from === workerId);
    const kind = slot.change?.stored.from === workerId ? slot.change.stored.kind : isDraining ? 'replace' : 'idle';
    return stays(pool.config.drain, kind) ? { limitMs: drainLimitOf(pool.config, kind) } : {};
  }

  function causeOf({ slot: { change: running }, workers: all }: SlotFacts, workerId: string): string {
    if (all.some(({ record }) => record.id === workerId && record.isRejected)) return 'recycle';
    if (running?.stored.from === workerId) return running.stored.kind === 'idle' ? 'idle' : 'recycle';
    if (slot.draining.some(({ from }) => from === workerId)) return 'recycle';
    return pool.state === 'stopped' || pool.isRemoved ? 'admin' : 'surplus';
  }
}
