import { findSlot } from '../cluster/cluster.ts';
import type { Engine } from '../reconcile/engine.ts';
import type { WorkerRecord } from '../worker/record.ts';
import { noteNew, notePhase, type PhaseName } from './receipt.ts';

const PHASES: Partial<Record<WorkerRecord['state'], PhaseName>> = { starting: 'starting', connecting: 'connecting' };

/** A worker has moved on: the phases of a recycle that waits for its replacement are the states of that. */
export function followMove(engine: Engine, record: WorkerRecord): void {
  const change = findSlot(engine.cluster, record.slot)?.change;
  if (change?.stored.to !== record.id || change.phase !== 'starting') return;
  const phase = PHASES[record.state];
  engine.receipts.change(change.stored.id, (receipt) => {
    const located = receipt.newHost === record.host ? receipt : noteNew(receipt, record);
    return phase ? notePhase(located, phase, engine.time.now()) : located;
  });
}
