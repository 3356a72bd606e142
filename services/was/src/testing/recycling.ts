import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from '@baton/core';
import { openRedis, type Snapshot, Store, type StoredReceipt } from '@baton/store';
import type { Slot } from '../cluster/slot.ts';
import { type RecycleRequest, requestRecycle } from '../recycle/request.ts';
import { TestCluster, yamlOf } from './cluster.ts';
import type { ScriptedAdapter } from './scripted-adapter.ts';
import type { ScriptedHost } from './scripted-host.ts';

/** A slot served by one worker, with two hosts and two adapters to recycle it between. */
export interface Ring {
  readonly cluster: TestCluster;
  readonly hosts: readonly [ScriptedHost, ScriptedHost];
  readonly a: ScriptedAdapter;
  readonly b: ScriptedAdapter;
  /** The worker that serves. */
  readonly old: string;
  /** Its host, and the other one. */
  readonly home: ScriptedHost;
  readonly away: ScriptedHost;
}

/** A ready worker, connected on both channels and without work. Handovers find 2 requests in flight at "a" and 1 at "b". */
export async function openRing(t: TestContext, yaml = yamlOf()): Promise<Ring> {
  const cluster = await TestCluster.open(t, yaml);
  const hosts = [await cluster.host('h1'), await cluster.host('h2')] as const;
  const [a, b] = [await cluster.adapter('a'), await cluster.adapter('b')];
  await a.open('shop');
  await b.open('shop');
  const old = await until(() => slotOf(cluster).serving, 10_000, 'a worker');
  const home = await until(() => hosts.find((host) => host.workers.has(old)), 10_000, 'its start');
  await cluster.state(old, 'ready');
  await until(() => home.workers.get(old)?.connected.length === 2, 10_000, 'both connections');
  for (const [adapter, inFlight] of [[a, 2] as const, [b, 1] as const]) {
    adapter.eligible.set('shop/1', { workerId: old, generation: 1 });
    adapter.inFlightOn = () => inFlight;
    adapter.load('shop', 0, 0);
  }
  await until(() => cluster.was.engine.attachedChannels('shop').every(({ parked }) => parked === 0), 10_000, 'the reports');
  // A channel that was opened beside a running worker is told whom to use.
  const isCalm = () => ['a/1', 'b/1'].every((ref) => slotOf(cluster).seats.get(ref)?.who === old && !slotOf(cluster).seats.get(ref)?.ask);
  await until(isCalm, 10_000, 'both seats');
  for (const adapter of [a, b]) adapter.heard.splice(0);
  return { cluster, hosts, a, b, old, home, away: hosts.find((host) => host !== home)! };
}

export function slotOf(cluster: TestCluster): Slot {
  return cluster.was.engine.cluster.pools.get('shop')!.slots.get('shop/1')!;
}

/** Asks for a recycle that must begin; its id. */
export function recycle({ cluster }: { cluster: TestCluster }, more: Partial<RecycleRequest> = {}): string {
  const decision = requestRecycle(cluster.was.engine, 'shop/1', { cause: 'onDemand', reason: 'a test', requestedBy: 'admin', ...more });
  assert.equal(decision.outcome, 'begun', JSON.stringify(decision));
  return decision.outcome === 'begun' ? decision.recycleId : '';
}

export function receiptOf({ cluster }: { cluster: TestCluster }, id: string): StoredReceipt {
  const receipt = cluster.was.engine.receipts.get(id);
  assert.ok(receipt, `receipt ${id}`);
  return receipt;
}

/** The receipt once its result is known; its last reports may be missing. */
export async function resultOf(ring: { cluster: TestCluster }, id: string): Promise<StoredReceipt> {
  await until(() => ring.cluster.was.engine.receipts.get(id)?.result, 10_000, `the result of ${id}`);
  return receiptOf(ring, id);
}

/** The receipt once nothing more is waited for. */
export async function closed(ring: { cluster: TestCluster }, id: string): Promise<StoredReceipt> {
  await until(() => receiptOf(ring, id).outcome !== 'running', 10_000, `the end of ${id}`);
  return receiptOf(ring, id);
}

/** The n-th worker that any host was told to start, from 1. */
export async function started(
  { hosts }: Pick<Ring, 'hosts'>,
  n: number,
): Promise<{ workerId: string; generation: number; host: ScriptedHost }> {
  const starts = () =>
    hosts
      .flatMap((host) => host.starts().map((order) => ({ host, workerId: order.workerId, generation: order.generation })))
      .filter(({ workerId }, index, all) => all.findIndex((other) => other.workerId === workerId) === index)
      .sort((x, y) => x.generation - y.generation);
  return until(() => starts()[n - 1], 10_000, `start number ${n}`);
}

/** Both adapters report the last of their requests as finished. */
export function reportAll({ a, b }: Pick<Ring, 'a' | 'b'>, id: string, atMs: number): void {
  for (const [adapter, inFlight] of [[a, 2] as const, [b, 1] as const]) {
    const facts = { inFlightAtHandover: inFlight, finished: inFlight, longestHoldMs: inFlight, lastEndedAtMs: atMs, final: true };
    adapter.report(id, 'shop/1', facts);
  }
}

export async function saved(cluster: TestCluster): Promise<Snapshot & { readonly all: readonly StoredReceipt[] }> {
  const redis = openRedis(cluster.redis.url, { name: 'look' });
  try {
    const store = new Store(redis, cluster.clusterId);
    return { ...(await store.load()), all: await store.receipts(100) };
  } finally {
    redis.disconnect();
  }
}

/** "type from>to" of the events of recycles so far. */
export async function story({ cluster }: { cluster: TestCluster }): Promise<string[]> {
  const redis = openRedis(cluster.redis.url, { name: 'story' });
  try {
    const events = await new Store(redis, cluster.clusterId).events(1_000);
    return events.flatMap(({ type, channel = '', from, to }) =>
      /^(recycle|handover)\./.test(type) ? [`${type}${channel && ` ${channel}`} ${from}>${to}`] : [],
    );
  } finally {
    redis.disconnect();
  }
}

/** Stops that any host entered, by worker. */
export function stopped(hosts: readonly ScriptedHost[]): string[] {
  return [...new Set(hosts.flatMap((host) => host.orders.flatMap(({ workerId, verb }) => (verb.case === 'stop' ? [workerId] : []))))];
}
