import { createProofKeys, type ProofKeys } from '@baton/channel';
import type { Worker } from '../cluster/worker.ts';
import type { Engine } from '../reconcile/engine.ts';

/**
 * The key by which a worker proves its identity. Made with the worker and kept in its record, so that every order of every leader names the same one.
 * One that was adopted after a loss of data gets another with its next order.
 */
export function proofKeysOf(engine: Engine, worker: Worker): ProofKeys {
  const known = worker.record.proofKeys;
  if (known) return known;
  const made = createProofKeys();
  const { id, slot } = worker.record;
  worker.record = { ...worker.record, proofKeys: made };
  engine.write(slot, async (store) => {
    const record = engine.cluster.workers.get(id)?.record;
    if (record) await store.saveWorker(record);
  });
  return made;
}
