import { isDeepStrictEqual } from 'node:util';
import type { AppConfig, Config, PoolConfig } from '@baton/config';
import type { StoredPool } from '@baton/store';
import { dropChannel } from '../api/listener/attach.ts';
import { forgetPools } from '../api/listener/forget-pools.ts';
import { tellConfiguration } from '../api/listener/tell.ts';
import { channelsOf } from '../cluster/cluster.ts';
import { newPool, type Pool, resizePool } from '../cluster/pool.ts';
import type { Engine } from '../reconcile/engine.ts';
import { settingsOf } from '../rollout/settings.ts';
import { takeReport } from '../worker/reports.ts';

/** A configuration as it was given. */
export interface GivenConfig {
  readonly parsed: Config;
  readonly yaml: string;
  readonly file: string;
  readonly appliedAtMs: number;
}

/**
 * Makes a configuration the one that holds, in memory and at every attached adapter. Pools that did not change are not touched.
 *
 * - `states`: what operators said of pools earlier; a pool that is new is started when its autoStart says so.
 * - A removed pool stays until its workers have ended and every adapter has closed its channels.
 */
export function applyConfig(engine: Engine, given: GivenConfig, states: ReadonlyMap<string, StoredPool>): void {
  const { cluster } = engine;
  cluster.config = given;
  const { parsed } = given;
  for (const config of parsed.pools) {
    const apps = parsed.apps.filter(({ pool }) => pool === config.name);
    const pool = cluster.pools.get(config.name);
    if (!pool || pool.isRemoved) addPool(engine, config, apps, states.get(config.name));
    else changePool(engine, pool, config, apps);
  }
  for (const pool of cluster.pools.values()) {
    if (!pool.isRemoved && !parsed.pools.some(({ name }) => name === pool.name)) removePool(engine, pool);
  }
  tellConfiguration(engine);
  for (const { hostId, report } of takeStrangers(engine)) takeReport(engine, hostId, report);
  engine.touchAll();
}

function addPool(engine: Engine, config: PoolConfig, apps: readonly AppConfig[], stored: StoredPool | undefined): void {
  const state = stored?.state ?? (config.autoStart ? 'started' : 'stopped');
  const pool = newPool(config, apps, state, stored?.cause ?? (state === 'stopped' ? 'autoStart is false' : ''));
  const removed = engine.cluster.pools.get(config.name);
  // A pool that comes back while its workers still end keeps the slots they are in.
  for (const [name, slot] of removed?.slots ?? []) pool.slots.set(name, slot);
  resizePool(pool);
  engine.cluster.pools.set(pool.name, pool);
}

function changePool(engine: Engine, pool: Pool, config: PoolConfig, apps: readonly AppConfig[]): void {
  const isSame = isDeepStrictEqual(pool.config, config);
  const before = settingsOf(pool);
  pool.apps = apps;
  if (settingsOf(pool) !== before) forgiveFailures(engine, pool);
  if (isSame) return;
  pool.config = config;
  forgiveFailures(engine, pool);
  resizePool(pool);
}

/** A changed pool may start at once what could not start before. */
function forgiveFailures(engine: Engine, pool: Pool): void {
  for (const slot of pool.slots.values()) {
    Object.assign(slot, { failures: 0, quickCrashes: 0, backoffUntilMs: 0 });
    if (slot.start) slot.start = { ...slot.start, notBeforeMs: engine.time.now() };
  }
}

/** Disabled at once; its workers leave as with a stop. */
function removePool(engine: Engine, pool: Pool): void {
  Object.assign(pool, { isRemoved: true, state: 'stopped', cause: 'removed from the configuration' });
  resizePool(pool);
  void engine.fenced((store) => store.forgetPool(pool.name)).catch(() => {});
  engine.events.tell({ type: 'pool.removed', message: `pool ${pool.name} was removed`, pool: pool.name });
}

/** Tells adapters of the pools they have done with, and forgets removed pools that no adapter and no worker has any more. */
export function buryRemovedPools(engine: Engine): void {
  forgetPools(engine);
  const { cluster } = engine;
  const told = [...cluster.registrations.values()].filter(({ isAttached }) => isAttached);
  for (const pool of cluster.pools.values()) {
    if (!pool.isRemoved || told.some((registration) => registration.told.pools.has(pool.name))) continue;
    if ([...cluster.workers.values()].some(({ record }) => record.pool === pool.name)) continue;
    cluster.pools.delete(pool.name);
    for (const channel of channelsOf(cluster, pool.name)) dropChannel(engine, channel);
  }
}

function takeStrangers({ cluster }: Engine) {
  const strangers = [...cluster.strangers.values()];
  cluster.strangers.clear();
  return strangers;
}
