import { channelsOf } from '../../cluster/cluster.ts';
import type { Registration } from '../../cluster/registration.ts';
import { LIMITS } from '../../limits.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { drainLimitOf } from '../../recycle/drain-limit.ts';
import { dropChannel } from './attach.ts';
import { poolDeleted } from './messages.ts';
import { poolsFor } from './view.ts';

/**
 * Sends PoolDeleted for each pool that an adapter knows, that hosts none of its applications any more, and of which no channel of it is tracked.
 *
 * - The adapter closes its channels when their work has ended. One that does not is waited for as long as workers of the pool may take to end
 *   (shutdownTimeLimit), and `closeSilenceMs`; then WAS forgets the channels itself, and operators hear of it.
 */
export function forgetPools(engine: Engine): void {
  for (const registration of engine.cluster.registrations.values()) {
    if (!registration.isAttached) continue;
    if (registration.told.pools.size === 0) continue;
    const pools = poolsFor(engine.cluster, registration.protocol);
    for (const poolId of [...registration.told.pools.keys()]) {
      if (pools.has(poolId)) registration.unneededSinceMs.delete(poolId);
      else forgetPool(engine, registration, poolId);
    }
  }
}

function forgetPool(engine: Engine, registration: Registration, poolId: string): void {
  const { cluster, adapters, time } = engine;
  const { key, told, unneededSinceMs } = registration;
  const tracked = channelsOf(cluster, poolId).filter((channel) => channel.registration === key);
  if (tracked.length > 0) {
    if (time.now() < closeDueMs(engine, registration, poolId)) return;
    const refs = tracked.map(({ ref }) => ref).join(', ');
    const message = `adapter ${registration.adapterId} (${registration.protocol}) has not closed ${refs} of pool ${poolId}, which it needs no more; WAS forgets them`;
    engine.events.tell({ type: 'channel.unclosed', message, pool: poolId, cause: 'not closed' });
    for (const channel of tracked) dropChannel(engine, channel);
  }
  told.pools.delete(poolId);
  unneededSinceMs.delete(poolId);
  adapters.send(key, poolDeleted(poolId));
}

/** Counted anew for as long as a pool that hosts nothing has workers: they finish what this adapter has given them. */
function closeDueMs({ cluster, time }: Engine, { unneededSinceMs }: Registration, poolId: string): number {
  const pool = cluster.pools.get(poolId);
  const isEnding = !pool || pool.isRemoved || pool.apps.length === 0;
  const hasWorkers = isEnding && [...cluster.workers.values()].some(({ record }) => record.pool === poolId);
  if (hasWorkers || !unneededSinceMs.has(poolId)) unneededSinceMs.set(poolId, time.now());
  const drainMs = isEnding ? 0 : Math.max(pool.config.processModel.shutdownTimeLimitMs, drainLimitOf(pool.config, 'replace'));
  return unneededSinceMs.get(poolId)! + drainMs + LIMITS.closeSilenceMs;
}
