import { findSlot } from '../cluster/cluster.ts';
import type { Engine } from '../reconcile/engine.ts';

/** The host of a worker that an adapter named has spoken, or is waited for no longer. */
export function settleRumour(engine: Engine, workerId: string, slotName: string): void {
  engine.cluster.rumours.delete(workerId);
  findSlot(engine.cluster, slotName)?.awaiting.delete(`worker ${workerId}`);
  engine.touch(slotName);
}
