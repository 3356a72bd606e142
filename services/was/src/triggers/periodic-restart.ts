import type { Pool } from '../cluster/pool.ts';
import type { Engine } from '../reconcile/engine.ts';
import { requestRecycle } from '../recycle/request.ts';
import { isMoving } from '../rollout/slots.ts';
import { type AgingSlot, nextDue } from './due.ts';

/** From where the limits of a worker count again, after a recycle for one of them failed. */
interface Mark {
  readonly atMs: number;
  readonly requests: number;
}

/**
 * Recycles workers that have reached periodicRestart.time or requests, on the leader's clock and by what heartbeats count.
 *
 * - Any recycle resets the limits: they are those of one worker, from its being ready. A recycle for a limit that fails is not tried
 *   again at once: the limit counts anew for the worker that goes on.
 */
export class PeriodicRestart {
  readonly #engine: Engine;
  readonly #marks = new Map<string, Mark>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  check(): void {
    const { cluster, isStopped } = this.#engine;
    if (isStopped) return;
    for (const pool of cluster.pools.values()) if (pool.state === 'started' && !pool.isRemoved) this.#checkPool(pool);
    for (const id of this.#marks.keys()) if (!cluster.workers.has(id)) this.#marks.delete(id);
  }

  #checkPool(pool: Pool): void {
    const { timeMs, requests } = pool.config.recycling.periodicRestart;
    if (timeMs === 0 && requests === 0) return;
    const now = this.#engine.time.now();
    const due = nextDue(this.#slotsOf(pool), { timeMs, requests }, now);
    if (!due) return;
    const { slot, cause, reason } = due;
    const decision = requestRecycle(this.#engine, slot.name, { cause, reason, requestedBy: 'periodicRestart' });
    if (!('recycleId' in decision)) return;
    const total = this.#engine.cluster.workers.get(slot.workerId)?.view.requestsServed ?? 0;
    this.#marks.set(slot.workerId, { atMs: now, requests: total });
  }

  #slotsOf(pool: Pool): AgingSlot[] {
    return [...pool.slots.values()].map((slot) => {
      const worker = this.#engine.cluster.workers.get(slot.serving);
      const mark = this.#marks.get(slot.serving);
      const isReady = worker?.record.state === 'ready' && !slot.isRetired;
      return {
        name: slot.name,
        workerId: slot.serving,
        sinceMs: isReady ? (mark?.atMs ?? worker.readyAtMs) : undefined,
        requests: (worker?.view.requestsServed ?? 0) - (mark?.requests ?? 0),
        isMoving: isMoving(slot),
      };
    });
  }
}
