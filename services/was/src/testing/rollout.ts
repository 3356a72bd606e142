import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from '@baton/core';
import { TestCluster, yamlOf } from './cluster.ts';
import type { ScriptedAdapter } from './scripted-adapter.ts';
import type { ScriptedHost } from './scripted-host.ts';

/** A receipt, as the admin API gives it. */
export interface Receipt {
  id: string;
  slot: string;
  cause: string;
  requestedBy: string;
  outcome: string;
  failure: string;
  oldWorker: string | null;
  newWorker: string | null;
}

/** A pool, as the admin API gives it. */
export interface Pool {
  recycles: string[];
  rollout?: { state: string; done: number; workers: number; slot: string; cause: string; recycleId: string };
}

/** Two slots, both filled from the start. */
export const SLOTS = 'startMode: alwaysRunning, processModel: { maxProcesses: 2 }';
/** The configuration with this version of the app. */
export const version = (number: number, more = '') => yamlOf({ pool: `${SLOTS}${more && `, ${more}`}`, app: `version: "${number}"` });

/** Two slots of version 1 that serve. */
export async function openTwo(t: TestContext, yaml = version(1)) {
  const cluster = await TestCluster.open(t, yaml);
  const host = await cluster.host();
  const adapter = await cluster.adapter('a');
  await adapter.open('shop');
  for (const { workerId } of [await host.nthStart(1), await host.nthStart(2)]) await cluster.state(workerId, 'ready');
  return { cluster, host, adapter };
}

/** The configuration with this version of the app. */
/** The slots of a host's starts, in order. */
export const versionsOf = (host: ScriptedHost) => host.starts().map(({ slot }) => slot);
export const pool = (cluster: TestCluster) => cluster.call<Pool>('GET', 'pools/shop');
export const recycles = (cluster: TestCluster) => cluster.call<Receipt[]>('GET', 'recycles');
/** Events of these types, of the pool. */
export const eventsOf = async (cluster: TestCluster, type: RegExp) =>
  (await cluster.call<{ type: string; message: string; slot: string; cause: string }[]>('GET', 'events?pool=shop')).filter((event) =>
    type.test(event.type),
  );

/** The rollout of the pool is through. */
export async function settled(cluster: TestCluster): Promise<void> {
  await until(async () => !(await pool(cluster)).rollout, 10_000, 'the end of the rollout');
}

/** A replacement has failed. */
export async function stopped(cluster: TestCluster): Promise<void> {
  await until(async () => (await pool(cluster)).rollout?.state === 'stopped', 10_000, 'the stop of the rollout');
}

/** Version 2 has taken over in the first slot and nowhere else; returns its worker. */
export async function rolledToFirst(cluster: TestCluster, host: ScriptedHost, yaml = version(2)): Promise<string> {
  const before = host.starts().length;
  await cluster.apply(yaml);
  const { slot, workerId } = await host.nthStart(before + 1);
  assert.equal(slot, 'shop/1');
  await until(async () => (await recycles(cluster))[0]?.outcome === 'completed', 10_000, 'the end of the first recycle');
  return workerId;
}

/** The adapter registers anew with what it has. */
export function tellServing(cluster: TestCluster, adapter: ScriptedAdapter): void {
  for (const { serving, name } of cluster.was.engine.cluster.pools.get('shop')!.slots.values()) {
    const { generation } = cluster.was.engine.cluster.workers.get(serving)!.record;
    adapter.eligible.set(name, { workerId: serving, generation });
  }
}
