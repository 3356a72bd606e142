import { BatonError } from '@baton/core';
import type { Engine } from '../reconcile/engine.ts';
import { requestRecycle } from '../recycle/request.ts';

/** A firing of a pool's schedule. */
export interface Firing {
  readonly pool: string;
  /** "03:00" */
  readonly time: string;
  /** Unix time, ms. */
  readonly dueAtMs: number;
}

/** A firing that nobody could take for longer is left out: who chose the night does not want the morning. */
const LATEST_MS = 600_000;

/**
 * Recycles every worker of a pool for a firing of its schedule.
 *
 * - A worker that was started after the firing was due needs no recycle for it; so a firing that is taken twice acts once.
 * - Throws where a new leader does not know its slots yet: the firing is tried again.
 */
export function recycleAt(engine: Engine, { pool: name, time, dueAtMs }: Firing): void {
  const pool = engine.cluster.pools.get(name);
  if (!pool || pool.isRemoved || pool.state === 'stopped' || !pool.config.recycling.periodicRestart.schedule.includes(time)) return;
  const lateMs = engine.time.now() - dueAtMs;
  if (lateMs > LATEST_MS) {
    const message = `the recycle of pool ${name} at ${time} is left out: it is ${Math.round(lateMs / 60_000)} minutes late`;
    engine.events.tell({ type: 'schedule.missed', message, pool: name, cause: 'schedule' });
    return;
  }
  const slots = [...pool.slots.values()].filter(({ isRetired }) => !isRetired);
  if (slots.some(({ awaiting }) => awaiting.size > 0)) throw new BatonError('TIMEOUT', `pool ${name} has hosts that have not reported`);
  for (const slot of slots) {
    const worker = engine.cluster.workers.get(slot.serving);
    if (!worker || worker.record.decidedAtMs >= dueAtMs) continue;
    const decision = requestRecycle(engine, slot.name, { cause: 'schedule', reason: `daily at ${time}`, requestedBy: 'schedule' });
    if (decision.outcome !== 'refused') continue;
    const message = `${slot.name} is not recycled at ${time}: ${decision.message}`;
    engine.events.tell({ type: 'schedule.missed', message, pool: name, slot: slot.name, cause: decision.code });
  }
}
