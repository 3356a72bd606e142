import { type PoolConfig, parseConfig } from '@baton/config';
import { newPool, type Pool, resizePool } from '../cluster/pool.ts';
import type { Engine } from '../reconcile/engine.ts';

/** A pool that only a reported worker knows: removed while its host was away. Its worker leaves like those of every removed pool. */
export function addRemovedPool({ cluster }: Engine, name: string): Pool | undefined {
  const config = defaultsFor(name);
  if (!config) return undefined;
  const pool = newPool(config, [], 'stopped', 'removed from the configuration');
  pool.isRemoved = true;
  resizePool(pool);
  cluster.pools.set(name, pool);
  return pool;
}

/** undefined: no pool can have that name. */
function defaultsFor(name: string): PoolConfig | undefined {
  try {
    return parseConfig(`apiVersion: baton/v1\npools: [{ name: ${JSON.stringify(name)} }]\n`, { file: 'removed' }).pools[0];
  } catch {
    return undefined;
  }
}
