import { setTimeout as delay } from 'node:timers/promises';
import { type AdminClient, waitForRecycle } from '@baton/admin';

const PERIOD_MS = 2_000;

/** A pool that is recycled every 2 s, or as soon after as the last one has ended. */
export interface Recycling {
  readonly completed: number;
  /** Throws when a recycle failed. */
  check(): void;
  /** Resolves when the last one has ended. */
  stop(): Promise<void>;
}

/** Recycles every worker of the pool, one round after the other, until stopped. */
export function startRecycling(admin: AdminClient, pool: string): Recycling {
  const abort = new AbortController();
  let completed = 0;
  let fault: unknown;
  const work = (async () => {
    while (!abort.signal.aborted) {
      const startedAtMs = Date.now();
      const { recycleIds, refusals } = await admin.recyclePool(pool, { reason: 'conformance' });
      if (refusals.length > 0) throw new Error(`the pool was not recycled: ${refusals[0]!.message}`);
      for (const id of recycleIds) {
        const receipt = await waitForRecycle(admin, id);
        if (receipt.outcome !== 'completed') throw new Error(`recycle ${id} ended ${receipt.outcome}: ${receipt.failure}`);
        completed++;
      }
      const restMs = Math.max(0, PERIOD_MS - (Date.now() - startedAtMs));
      await delay(restMs, undefined, { signal: abort.signal }).catch(() => {});
    }
  })().catch((error) => {
    fault = error;
  });
  return {
    get completed() {
      return completed;
    },
    check() {
      if (fault) throw fault;
    },
    async stop() {
      abort.abort();
      await work;
      if (fault) throw fault;
    },
  };
}
