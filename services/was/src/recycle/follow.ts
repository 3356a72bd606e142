import { findSlot } from '../cluster/cluster.ts';
import { isParked, type Slot } from '../cluster/slot.ts';
import type { Engine } from '../reconcile/engine.ts';
import type { WorkerRecord } from '../worker/record.ts';
import { noteNew, notePhase, type PhaseName } from './receipt.ts';

const PHASES: Partial<Record<WorkerRecord['state'], PhaseName>> = { placing: 'placing', starting: 'starting', connecting: 'connecting' };

/** Who takes over in the change that runs: the replacement, or where work is parked the next worker. '' = nobody yet. */
export function takesOver(slot: Pick<Slot, 'change' | 'serving'>): string {
  return isParked(slot) ? slot.serving : (slot.change?.stored.to ?? '');
}

/** A worker has moved on: the phases of a recycle that waits for whoever takes over are the states of that. */
export function followMove(engine: Engine, record: WorkerRecord): void {
  const slot = findSlot(engine.cluster, record.slot);
  const change = slot?.change;
  if (!slot || !change || takesOver(slot) !== record.id || !(change.phase === 'starting' || isParked(slot))) return;
  const phase = PHASES[record.state];
  engine.receipts.change(change.stored.id, (receipt) => {
    const isKnown = receipt.newWorker === record.id && receipt.newHost === record.host;
    const located = isKnown ? receipt : noteNew(receipt, record);
    return phase ? notePhase(located, phase, engine.time.now()) : located;
  });
}
