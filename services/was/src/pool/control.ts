import { BatonError } from '@baton/core';
import { tellConfiguration } from '../api/listener/tell.ts';
import { channelsOf } from '../cluster/cluster.ts';
import type { Pool } from '../cluster/pool.ts';
import type { Engine } from '../reconcile/engine.ts';

/** The pool of that name, or NOT_FOUND. */
export function findPool({ cluster }: Engine, name: string): Pool {
  const pool = cluster.pools.get(name);
  if (pool && !pool.isRemoved) return pool;
  const names = [...cluster.pools.values()].filter(({ isRemoved }) => !isRemoved).map((one) => one.name);
  throw new BatonError('NOT_FOUND', `there is no pool "${name}"; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ') || 'none'}`);
}

/**
 * Stops a pool: adapters refuse its requests at once, its workers are handed over to nobody, finish what they have and end.
 * Survives restarts. A stopped pool stays stopped quietly.
 */
export async function stopPool(engine: Engine, name: string, cause = 'admin'): Promise<Pool> {
  const pool = findPool(engine, name);
  if (pool.state === 'stopped') return pool;
  await engine.fenced((store) => store.savePool(name, { state: 'stopped', cause }));
  Object.assign(pool, { state: 'stopped', cause, failing: undefined });
  tellConfiguration(engine);
  engine.events.tell({ type: 'pool.stopped', message: `pool ${name} is stopped (${cause})`, pool: name, cause });
  engine.touchPool(name);
  return pool;
}

/** Starts a pool: adapters take requests again and get permission to open; an always-running one starts its workers. */
export async function startPool(engine: Engine, name: string, cause = 'admin'): Promise<Pool> {
  const pool = findPool(engine, name);
  if (pool.state === 'started') return pool;
  await engine.fenced((store) => store.savePool(name, { state: 'started', cause }));
  Object.assign(pool, { state: 'started', cause: '', failing: undefined });
  for (const slot of pool.slots.values()) Object.assign(slot, { failures: 0, quickCrashes: 0, backoffUntilMs: 0 });
  for (const channel of channelsOf(engine.cluster, name)) channel.isPermissionTold = false;
  tellConfiguration(engine);
  engine.events.tell({ type: 'pool.started', message: `pool ${name} is started (${cause})`, pool: name, cause });
  engine.touchPool(name);
  return pool;
}
