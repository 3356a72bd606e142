import type { Cluster } from '../cluster/cluster.ts';
import type { Pool } from '../cluster/pool.ts';
import type { Slot } from '../cluster/slot.ts';
import type { Engine } from '../reconcile/engine.ts';
import type { WorkerRecord } from '../worker/record.ts';
import type { RolloutSlot } from './decide.ts';

/** The slots of a pool as a rollout of `settings` sees them, in their order; retired ones are left out. */
export function slotsOf({ cluster, time }: Pick<Engine, 'cluster' | 'time'>, pool: Pool, settings: string): RolloutSlot[] {
  return [...pool.slots.values()]
    .filter(({ isRetired }) => !isRetired)
    .sort((a, b) => a.index - b.index)
    .map((slot) => {
      const record = cluster.workers.get(slot.serving)?.record;
      // A replacement with settings that do not hold any more takes over too, and is replaced in its turn.
      const next = cluster.workers.get(slot.change?.stored.to ?? '')?.record;
      const isCurrent = [record, next].every((one) => (one?.settings ?? settings) === settings);
      return {
        name: slot.name,
        worker: record ? (isCurrent ? 'current' : 'outdated') : 'none',
        servesForMs: record?.state === 'ready' ? time.now() - servesSinceMs(cluster, record) : undefined,
        // Its worker has ended a moment ago, and nothing was decided yet.
        isMoving: isMoving(slot) || (slot.serving !== '' && !record),
        crash: slot.crash,
      };
    });
}

/** Since it is ready and, if it is a replacement, its recycle is committed; a new leader may know only the former of one that has ended. */
function servesSinceMs({ receipts }: Pick<Cluster, 'receipts'>, { role, sinceMs }: WorkerRecord): number {
  const phases = receipts.get(role.replace(/^replacement:/, ''))?.phases;
  return Math.max(sinceMs, phases?.find(({ name }) => name === 'draining')?.beganAtMs ?? 0);
}

/** Who serves it changes, is about to, or is not known to this leader yet; or nobody does because starts fail. */
export function isMoving({ change, next, awaiting, start, serving, failures }: Slot): boolean {
  return change !== undefined || next !== undefined || awaiting.size > 0 || start !== undefined || (serving === '' && failures > 0);
}
