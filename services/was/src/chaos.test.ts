import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sleep, until } from '@baton/core';
import { sumsOf } from './recycle/receipt.ts';
import { requestRecycle } from './recycle/request.ts';
import { SECRET, TestCluster, yamlOf } from './testing/cluster.ts';
import { LivingAdapter, letLive } from './testing/living-adapter.ts';

/** A small generator of random numbers, so that a seed names a run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Fault =
  | 'request'
  | 'idle'
  | 'recycle'
  | 'change'
  | 'crash'
  | 'failStart'
  | 'dropAdapter'
  | 'dropHost'
  | 'loseHost'
  | 'restartWas'
  | 'time';
const FAULTS: readonly Fault[] = [
  'request',
  'request',
  'request',
  'idle',
  'idle',
  'recycle',
  'recycle',
  'recycle',
  'recycle',
  'change',
  'crash',
  'crash',
  'failStart',
  'dropAdapter',
  'dropHost',
  'loseHost',
  'restartWas',
  'time',
];
const STEPS = 60;

/** `staysMs`: how long an old worker drains at most. */
async function play(t: TestContext, seed: number, yaml: string, staysMs = 15): Promise<void> {
  const random = randomOf(seed);
  const cluster = await TestCluster.open(t, yaml, { isDurable: true });
  const hosts = [await cluster.host('h1'), await cluster.host('h2')];
  const adapters = ['a', 'b'].map((id) => new LivingAdapter(cluster.address, SECRET, id, 'shop/1'));
  cluster.adapters.push(...adapters);
  const isAttached = (adapter: LivingAdapter) => cluster.isAttached(adapter.id);
  const broken = hosts.flatMap((host) => letLive(host, adapters, isAttached));
  for (const host of hosts) host.latency = () => Math.floor(random() * 15);
  for (const host of hosts) host.endsAfter = () => Math.floor(random() * staysMs);
  for (const adapter of adapters) adapter.latency = () => Math.floor(random() * 15);
  for (const adapter of adapters) adapter.inFlightOn = () => Math.floor(random() * 3);
  let failing = 0;
  for (const host of hosts) host.onStart = () => (failing-- > 0 ? { failsWith: 'APP_THREW' } : 'connect');
  /** A live worker with its host. */
  const anyWorker = () => any(hosts.flatMap((host) => [...host.workers.keys()].map((workerId) => ({ host, workerId }))));
  const recycle = (cause: 'onDemand' | 'configChange') => {
    const { outcome } = requestRecycle(cluster.was.engine, 'shop/1', { cause, reason: '', requestedBy: 'chaos' });
    story.push(`(${outcome})`);
  };
  for (const adapter of adapters) await adapter.register();
  let mostDraining = 0;
  const look = setInterval(() => {
    mostDraining = Math.max(mostDraining, cluster.was.engine.cluster.pools.get('shop')?.slots.get('shop/1')?.draining.length ?? 0);
    for (const adapter of adapters) if (isAttached(adapter)) adapter.look();
  }, 2);
  t.after(() => clearInterval(look));
  const asked = new Map<LivingAdapter, number>(adapters.map((adapter) => [adapter, 0]));
  const any = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const story: string[] = [];

  const faults: Record<Fault, () => Promise<void> | void> = {
    request: () => {
      const adapter = any(adapters)!;
      asked.set(adapter, asked.get(adapter)! + 1);
      adapter.request();
    },
    idle: () => {
      const { host, workerId } = anyWorker() ?? {};
      if (host?.isAttached) host.wishIdle(workerId!);
    },
    recycle: () => recycle('onDemand'),
    change: () => recycle('configChange'),
    crash: () => {
      const { host, workerId } = anyWorker() ?? {};
      host?.exit(workerId!);
    },
    failStart: () => {
      failing = 1;
    },
    dropAdapter: async () => {
      const adapter = any(adapters)!;
      if (isAttached(adapter)) {
        adapter.drop();
        await until(() => !isAttached(adapter), 10_000, 'the loss');
      } else await adapter.register();
    },
    dropHost: async () => {
      const host = any(hosts)!;
      host.drop();
      await until(() => !cluster.was.engine.hosts.has(host.id), 10_000, 'the loss');
      await host.attach();
    },
    loseHost: async () => {
      const host = any(hosts)!;
      host.drop();
      await cluster.pass(6_000);
      await host.attach();
    },
    restartWas: async () => {
      await cluster.restartWas();
      const returns = [
        ...hosts.map((host) => () => host.attach()),
        ...adapters.filter(() => random() < 0.8).map((adapter) => () => adapter.register()),
      ];
      if (random() < 0.5) returns.reverse();
      for (const comeBack of returns) await comeBack();
    },
    time: () => cluster.pass(any([1_000, 6_000])!),
  };

  for (let step = 0; step < STEPS; step++) {
    const fault = any(FAULTS)!;
    story.push(fault);
    await faults[fault]();
    // Not a wait for anything: the next fault comes at any moment of what this one set off.
    await sleep(Math.floor(random() * 25));
  }
  const tell = () => `seed ${seed}: ${story.join(' ')}`;
  for (const adapter of adapters) if (!isAttached(adapter)) await adapter.register();
  await cluster.pass(6_000);
  for (const adapter of adapters) {
    asked.set(adapter, asked.get(adapter)! + 1);
    adapter.request();
  }
  const isCalm = () => {
    const [workerId, ...others] = hosts.flatMap((host) => [...host.workers.keys()]);
    const slot = cluster.was.engine.cluster.pools.get('shop')?.slots.get('shop/1');
    const areServed = adapters.every(
      (adapter) => adapter.parked === 0 && adapter.eligibleId === workerId && adapter.isConnectedTo(workerId ?? ''),
    );
    return workerId !== undefined && others.length === 0 && areServed && slot?.serving === workerId && !slot.change && !slot.next;
  };
  await until(isCalm, 110_000, `calm after ${tell()}`).catch((error: unknown) => {
    const slot = cluster.was.engine.cluster.pools.get('shop')?.slots.get('shop/1');
    const seen = adapters.map(({ id, eligibleId, parked, permission }) => ({ id, eligibleId, parked, permission }));
    const state = {
      workers: hosts.map((host) => [host.id, ...host.workers.keys()]),
      next: slot?.next,
      serving: slot?.serving,
      change: slot?.change,
      start: slot?.start,
      awaiting: [...(slot?.awaiting ?? [])],
      seen,
    };
    throw new Error(`${(error as Error).message}\n${JSON.stringify(state, undefined, 1)}`);
  });
  for (const adapter of adapters) assert.equal(adapter.served, asked.get(adapter), `every request is served: ${tell()}`);
  assert.deepEqual(broken, [], tell());
  assert.ok(mostDraining <= 2, `${mostDraining} drained at once: ${tell()}`);
  t.diagnostic(`${mostDraining} generations drained at once beside the serving one`);
  const { receipts } = cluster.was.engine;
  await cluster.pass(6_000);
  await until(() => receipts.running.length === 0, 10_000, `the end of every recycle: ${tell()}`);
  for (const receipt of await receipts.list(1_000)) {
    const { inFlightAtHandover, finished, moved, replayed, failed } = sumsOf(receipt);
    assert.notEqual(receipt.outcome, 'running', receipt.id);
    if (!receipt.isIncomplete) assert.equal(inFlightAtHandover, finished + moved + replayed + failed, JSON.stringify(receipt));
  }
}

describe('whatever happens, in any order', { concurrency: 4 }, () => {
  const seeds = process.env.BATON_CHAOS_SEEDS?.split(',').map(Number) ?? [1, 2, 3, 4, 5, 6];
  for (const seed of seeds) {
    it(`every request is served in the end by one worker that is eligible everywhere (seed ${seed})`, (t) => play(t, seed, yamlOf()));
  }
  for (const seed of seeds.slice(0, 3)) {
    const yaml = yamlOf({ pool: 'recycling: { disallowOverlappingRotation: true }' });
    it(`so it is where no two workers may overlap (seed ${seed})`, (t) => play(t, seed, yaml));
  }
  for (const seed of seeds.slice(0, 4)) {
    const yaml = yamlOf({ pool: 'drain: { policy: stay, maxDrainAge: 5m, maxDraining: 2 }' });
    it(`so it is where old generations drain beside each other (seed ${seed})`, (t) => play(t, seed, yaml, 4_000));
  }
});
