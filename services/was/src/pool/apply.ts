import { isDeepStrictEqual } from 'node:util';
import type { AppConfig, Config, PoolConfig } from '@baton/config';
import type { StoredPool } from '@baton/store';
import { dropChannel } from '../api/listener/attach.ts';
import {
  applicationCreated,
  applicationDeleted,
  poolCreated,
  poolDeleted,
  settingsChanged,
  stateChanged,
} from '../api/listener/messages.ts';
import { channelsOf } from '../cluster/cluster.ts';
import { newPool, type Pool, resizePool } from '../cluster/pool.ts';
import type { Engine } from '../reconcile/engine.ts';
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
 * - A removed pool stays until its workers have ended, then adapters hear PoolDeleted.
 */
export function applyConfig(engine: Engine, given: GivenConfig, states: ReadonlyMap<string, StoredPool>): void {
  const { cluster, adapters } = engine;
  const before = cluster.config?.parsed;
  cluster.config = given;
  const { parsed } = given;
  for (const app of before?.apps ?? []) {
    if (!parsed.apps.some(({ name }) => name === app.name)) adapters.broadcast(applicationDeleted(app.name));
  }
  for (const config of parsed.pools) {
    const apps = parsed.apps.filter(({ pool }) => pool === config.name);
    const pool = cluster.pools.get(config.name);
    if (!pool || pool.isRemoved) addPool(engine, config, apps, states.get(config.name));
    else changePool(engine, pool, config, apps);
  }
  for (const app of parsed.apps) {
    const was = before?.apps.find(({ name }) => name === app.name);
    if (!was || !isSameForAdapters(was, app, before!, parsed)) adapters.broadcast(applicationCreated(app, parsed));
  }
  for (const pool of cluster.pools.values()) {
    if (!pool.isRemoved && !parsed.pools.some(({ name }) => name === pool.name)) removePool(engine, pool);
  }
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
  engine.adapters.broadcast(poolCreated(pool));
}

function changePool(engine: Engine, pool: Pool, config: PoolConfig, apps: readonly AppConfig[]): void {
  const isSame = isDeepStrictEqual(pool.config, config);
  const hadApp = pool.apps[0];
  pool.apps = apps;
  if (hadApp?.entry !== apps[0]?.entry || hadApp?.version !== apps[0]?.version) forgiveFailures(engine, pool);
  if (isSame) return;
  const hasNewIdentity = pool.config.identity !== config.identity;
  pool.config = config;
  forgiveFailures(engine, pool);
  resizePool(pool);
  engine.adapters.broadcast(hasNewIdentity ? poolCreated(pool) : settingsChanged(pool));
}

/** A changed pool may start at once what could not start before. */
function forgiveFailures(engine: Engine, pool: Pool): void {
  for (const slot of pool.slots.values()) {
    Object.assign(slot, { failures: 0, quickCrashes: 0, backoffUntilMs: 0 });
    if (slot.start) slot.start = { ...slot.start, notBeforeMs: engine.time.now() };
  }
}

/** An adapter would see no difference. */
function isSameForAdapters(was: AppConfig, app: AppConfig, before: Config, after: Config): boolean {
  const seen = ({ pool, bindings, limits, replaySafe }: AppConfig, { trustProxy, diagnosticHeaders }: Config) => ({
    pool,
    bindings,
    limits,
    replaySafe,
    trustProxy,
    diagnosticHeaders,
  });
  return isDeepStrictEqual(seen(was, before), seen(app, after));
}

/** Disabled at once; its workers leave as with a stop; the adapters forget it when the last has ended. */
function removePool(engine: Engine, pool: Pool): void {
  Object.assign(pool, { isRemoved: true, state: 'stopped', cause: 'removed from the configuration' });
  resizePool(pool);
  engine.adapters.broadcast(stateChanged(pool));
  void engine.fenced((store) => store.forgetPool(pool.name)).catch(() => {});
  engine.events.tell({ type: 'pool.removed', message: `pool ${pool.name} was removed`, pool: pool.name });
}

/** Forgets removed pools whose workers have ended. */
export function buryRemovedPools(engine: Engine): void {
  const { cluster } = engine;
  for (const pool of cluster.pools.values()) {
    const isUsed = pool.isRemoved && [...cluster.workers.values()].some(({ record }) => record.pool === pool.name);
    if (!pool.isRemoved || isUsed) continue;
    cluster.pools.delete(pool.name);
    for (const channel of channelsOf(cluster, pool.name)) dropChannel(engine, channel);
    engine.adapters.broadcast(poolDeleted(pool.name));
  }
}

function takeStrangers({ cluster }: Engine) {
  const strangers = [...cluster.strangers.values()];
  cluster.strangers.clear();
  return strangers;
}
