import { channelsOf } from '../../cluster/cluster.ts';
import type { Registration, Told } from '../../cluster/registration.ts';
import type { Callback } from '../../links.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { awaitAcknowledgement, nextNumber } from './acknowledge.ts';
import { compareViews } from './compare-views.ts';
import { type PoolView, type View, viewFor, viewPool } from './view.ts';

/** Tells each attached adapter what it does not know yet of the configuration and of the state of pools. */
export function tellConfiguration(engine: Engine): void {
  for (const registration of engine.cluster.registrations.values()) if (registration.isAttached) tellOne(engine, registration);
}

/** Tells one adapter; all of it when it was told nothing since it registered. */
export function tellOne(engine: Engine, registration: Registration): void {
  const { cluster, adapters } = engine;
  const { key, protocol, told } = registration;
  const wanted = withGoing(cluster, viewFor(cluster, protocol), told);
  for (const callback of compareViews(told, wanted, () => nextNumber(registration))) {
    adapters.send(key, callback);
    if (callback.case === 'applicationPoolIdentityChanged') awaitAcknowledgement(engine, registration, callback.value);
  }
  told.listener = wanted.listener;
  told.apps.clear();
  for (const [name, app] of wanted.apps) told.apps.set(name, app);
  for (const [name, pool] of wanted.pools) told.pools.set(name, pool);
}

/** A pool that the adapter knows and needs no more is told of until it is deleted there: it may be stopped, or removed. */
function withGoing({ pools }: Engine['cluster'], view: View, told: Told): View {
  const all = new Map<string, PoolView>(view.pools);
  for (const name of told.pools.keys()) {
    const pool = pools.get(name);
    if (pool && !all.has(name)) all.set(name, viewPool(pool));
  }
  return { ...view, pools: all };
}

/** Tells the adapters that know a pool, or have a channel of it, something about it. */
export function tellPool({ cluster, adapters }: Pick<Engine, 'cluster' | 'adapters'>, poolName: string, callback: Callback): void {
  const owners = new Set(channelsOf(cluster, poolName).map(({ registration }) => registration));
  for (const { key, told } of cluster.registrations.values()) {
    if (told.pools.has(poolName) || owners.has(key)) adapters.send(key, callback);
  }
}
