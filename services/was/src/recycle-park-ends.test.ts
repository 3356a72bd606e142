import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { SECRET, TestCluster, yamlOf } from './testing/cluster.ts';
import { LivingAdapter, letLive } from './testing/living-adapter.ts';
import { closed, recycle, saved, slotOf, started, stopped } from './testing/recycling.ts';
import type { ScriptedHost } from './testing/scripted-host.ts';

const YAML = yamlOf({ pool: 'recycling: { disallowOverlappingRotation: true }, processModel: { startupTimeLimit: 4s }' });
const WITHOUT_POOL = 'apiVersion: baton/v1\npools: []\napps: []\n';
const EACH = 2;
const NOT_SERVED = 'the slot is not served any more: its pool was stopped or made smaller';

interface Living {
  readonly cluster: TestCluster;
  readonly hosts: readonly [ScriptedHost, ScriptedHost];
  readonly adapters: readonly [LivingAdapter, LivingAdapter];
  /** The worker that serves, and its host. */
  readonly old: string;
  readonly home: ScriptedHost;
}

/** A slot of a pool without overlap whose adapters park, serve and refuse as real ones do. One request was served by each. */
async function openLiving(t: TestContext): Promise<Living> {
  const cluster = await TestCluster.open(t, YAML);
  const hosts = [await cluster.host('h1'), await cluster.host('h2')] as const;
  const adapters = [
    new LivingAdapter(cluster.address, SECRET, 'a', 'shop/1'),
    new LivingAdapter(cluster.address, SECRET, 'b', 'shop/1'),
  ] as const;
  cluster.adapters.push(...adapters);
  const isAttached = ({ id }: LivingAdapter) => cluster.isAttached(id);
  for (const host of hosts) {
    const broken = letLive(host, adapters, isAttached);
    t.after(() => assert.deepEqual(broken, []));
  }
  for (const adapter of adapters) await adapter.register();
  const look = setInterval(() => {
    for (const adapter of adapters) if (isAttached(adapter)) adapter.look();
  }, 2);
  t.after(() => clearInterval(look));
  for (const adapter of adapters) adapter.request();
  await until(() => adapters.every(({ served }) => served === 1), 10_000, 'the first requests');
  const old = slotOf(cluster).serving;
  await cluster.state(old, 'ready');
  return { cluster, hosts, adapters, old, home: hosts.find((host) => host.workers.has(old))! };
}

/** Begins a recycle whose old worker does not end by itself, with requests parked at both adapters once it is committed. */
async function park(living: Living): Promise<string> {
  const { home, old, adapters } = living;
  home.obeysStop = false;
  const id = recycle(living);
  await home.stopOf(old);
  for (const adapter of adapters) for (let count = 0; count < EACH; count++) adapter.request();
  await until(() => living.cluster.was.engine.attachedChannels('shop').every(({ parked }) => parked === EACH), 10_000, 'the reports');
  return id;
}

/** What became of the requests at each adapter, the first one left out. */
const ends = ({ adapters }: Living) => adapters.map(({ parked, served, refused }) => ({ parked, served: served - 1, refused }));
const ALL_SERVED = [
  { parked: 0, served: EACH, refused: 0 },
  { parked: 0, served: EACH, refused: 0 },
];
const ALL_REFUSED = [
  { parked: 0, served: 0, refused: EACH },
  { parked: 0, served: 0, refused: EACH },
];

async function assertServed(living: Living): Promise<void> {
  await until(() => ends(living).every(({ parked }) => parked === 0), 10_000, 'an answer to each parked request');
  assert.deepEqual(ends(living), ALL_SERVED);
  // An adapter hands over as soon as the worker is connected there; that it is ready is told by its host.
  await until(() => !slotOf(living.cluster).change, 10_000, 'the end of the change');
}

/** No worker, no change, and nobody that serves: here, at the hosts, and in Redis. */
async function assertNothingLeft({ cluster, hosts }: Living): Promise<void> {
  await until(() => cluster.was.engine.cluster.workers.size === 0, 10_000, 'the end of every worker');
  assert.deepEqual(
    hosts.flatMap((host) => [...host.workers.keys()]),
    [],
  );
  const isEmpty = async () => {
    const { workers, changes, serving } = await saved(cluster);
    return workers.length === 0 && changes.size === 0 && [...serving.values()].every((worker) => worker === '');
  };
  await until(isEmpty, 10_000, 'a Redis that knows of no worker');
  assert.deepEqual(cluster.was.engine.receipts.running, []);
  await until(() => !cluster.was.engine.cluster.pools.get('shop')?.isRemoved, 10_000, 'the end of a pool that was removed');
}

describe('a recycle without overlap whose next worker is late', { concurrency: 4 }, () => {
  it('fails when its host ends that at startupTimeLimit; the retry serves what is parked', async (t) => {
    const living = await openLiving(t);
    const { cluster, hosts, home, old } = living;
    const id = await park(living);
    for (const host of hosts) host.onStart = () => 'spawn';
    home.exit(old, { planned: true });
    const late = await started(living, 2);
    for (const host of hosts) host.onStart = () => 'connect';
    await cluster.pass(4_000);
    late.host.exit(late.workerId, { errorCode: 'STARTUP_TIMEOUT', message: 'it did not listen' });
    const { outcome, failure, newWorker } = await closed(living, id);
    assert.deepEqual([outcome, failure, newWorker], ['failed', 'the next worker died: STARTUP_TIMEOUT: it did not listen', late.workerId]);
    await assertServed(living);
    assert.equal(slotOf(cluster).serving, (await started(living, 3)).workerId);
  });

  it('fails when its host does not act on the limit; nobody else is started before that worker has ended', async (t) => {
    const living = await openLiving(t);
    const { cluster, hosts, home, old } = living;
    const id = await park(living);
    for (const host of hosts) Object.assign(host, { obeysStop: false, obeysConnect: false, onStart: () => 'spawn' });
    home.exit(old, { planned: true });
    const late = await started(living, 2);
    for (const host of hosts) host.onStart = () => 'connect';
    await cluster.pass(9_000);
    const { outcome, failure } = await closed(living, id);
    assert.deepEqual([outcome, failure], ['failed', 'the next worker was not ready within startupTimeLimit (4000 ms): it is stopping']);
    assert.equal((await late.host.stopOf(late.workerId)).force, true);
    await cluster.pass(3_000);
    assert.ok(hosts.every((host) => host.starts().every(({ generation }) => generation < 3)));
    late.host.exit(late.workerId, { errorCode: 'STARTUP_TIMEOUT', message: 'killed' });
    await assertServed(living);
    assert.equal(slotOf(cluster).serving, (await started(living, 3)).workerId);
  });

  it('fails with the reason when no host takes that worker, which starts once there is one', async (t) => {
    const living = await openLiving(t);
    const { cluster, hosts, home, old } = living;
    const away = hosts.find((host) => host !== home)!;
    away.drop();
    await cluster.pass(6_000);
    const id = await park(living);
    home.onStart = () => 'nothing';
    home.exit(old, { planned: true });
    const { generation, epoch, number } = await home.nthStart(home.starts().length + 1);
    home.refuse(`shop.1-${generation}-start-${epoch}-${number}`, 'stopping');
    await until(() => cluster.was.engine.cluster.workers.get(slotOf(cluster).serving)?.waitsFor, 10_000, 'a worker without a host');
    await cluster.pass(8_000);
    const { outcome, failure } = await closed(living, id);
    assert.equal(outcome, 'failed');
    assert.match(failure ?? '', /^the next worker was not ready within startupTimeLimit \(4000 ms\): .*host/);
    await away.attach();
    await assertServed(living);
  });

  it('is completed with one that has reached a single adapter at startupTimeLimit; the recycle that this asks for serves what the other one parked', async (t) => {
    const living = await openLiving(t);
    const { cluster, hosts, adapters, home, old } = living;
    const id = await park(living);
    for (const host of hosts) Object.assign(host, { obeysStop: true, obeysConnect: false, onStart: () => 'spawn' });
    home.exit(old, { planned: true });
    const { workerId, generation, host } = await started(living, 2);
    for (const one of hosts) Object.assign(one, { obeysConnect: true, onStart: () => 'connect' });
    adapters[0].connected(workerId, generation, 'activation');
    host.report(workerId, 2, (report) => {
      report.connected = [{ $typeName: 'baton.control.v1.ChannelRef', adapterId: 'a', channelId: 1 }];
    });
    host.obeysConnect = false;
    await until(() => adapters[0].parked === 0, 10_000, 'the answers of the adapter that was reached');
    assert.equal(adapters[1].parked, EACH);
    await cluster.pass(7_000);
    const { outcome, newWorker } = await closed(living, id);
    assert.deepEqual([outcome, newWorker], ['completed', workerId]);
    await assertServed(living);
    const [next] = await cluster.was.engine.receipts.list(1);
    assert.deepEqual([next?.cause, next?.oldWorker], ['partlyConnected', workerId]);
  });
});

describe('a pool without overlap', { concurrency: 4 }, () => {
  const ENDS: readonly [string, (living: Living) => Promise<unknown>][] = [
    ['stopped', ({ cluster }) => cluster.call('POST', 'pools/shop/stop')],
    ['removed', ({ cluster }) => cluster.apply(WITHOUT_POOL)],
  ];
  for (const [verb, end] of ENDS) {
    it(`that is ${verb} while adapters are asked to park ends its recycle: all that waits is refused, the old worker leaves`, async (t) => {
      const living = await openLiving(t);
      const { adapters, cluster, old, home } = living;
      const [a, b] = adapters;
      const { answer } = b;
      b.answer = () => undefined;
      // It has the old worker eligible, and with it work: its channel is not closed before that has ended.
      b.isClosing = false;
      const id = recycle(living);
      const asked = await b.next('handover');
      await until(() => slotOf(cluster).seats.get('a/1')?.done?.changeId === id, 10_000, 'the first answer');
      for (let count = 0; count < EACH; count++) a.request();
      assert.equal(a.parked, EACH);
      await end(living);
      const { outcome, failure } = await closed(living, id);
      assert.deepEqual([outcome, failure], ['failed', NOT_SERVED]);
      await until(() => a.refused === EACH, 10_000, 'the refusals');
      assert.deepEqual(stopped([home]), [], 'the other adapter has it eligible still');
      b.answer = answer;
      answer(asked);
      assert.equal((await home.stopOf(old)).cause, 'admin');
      await assertNothingLeft(living);
    });

    it(`that is ${verb} while its old worker drains refuses what is parked at once, and ends its recycle with that worker`, async (t) => {
      const living = await openLiving(t);
      const { cluster, home, old, hosts } = living;
      const id = await park(living);
      await end(living);
      await until(() => ends(living).every(({ parked }) => parked === 0), 10_000, 'the refusals');
      assert.deepEqual(ends(living), ALL_REFUSED);
      await cluster.pass(2_000);
      home.exit(old, { planned: true });
      const { outcome, failure, newWorker } = await closed(living, id);
      assert.deepEqual([outcome, failure, newWorker], ['failed', NOT_SERVED, '']);
      await assertNothingLeft(living);
      assert.equal(hosts.flatMap((host) => host.starts()).length, 1);
    });

    it(`that is ${verb} while its next worker starts refuses what is parked and stops that worker`, async (t) => {
      const living = await openLiving(t);
      const { hosts, home, old } = living;
      const id = await park(living);
      for (const host of hosts) Object.assign(host, { obeysStop: true, onStart: () => 'spawn' });
      home.exit(old, { planned: true });
      const next = await started(living, 2);
      await end(living);
      const { outcome, failure, newWorker } = await closed(living, id);
      assert.deepEqual([outcome, failure, newWorker], ['failed', NOT_SERVED, next.workerId]);
      await until(() => ends(living).every(({ parked }) => parked === 0), 10_000, 'the refusals');
      assert.deepEqual(ends(living), ALL_REFUSED);
      assert.equal((await next.host.stopOf(next.workerId)).cause, 'admin');
      await assertNothingLeft(living);
      assert.equal(hosts.flatMap((host) => host.starts()).length, 2);
    });
  }

  const RETURNS: readonly [string, (living: Living) => Promise<unknown>, (living: Living) => Promise<unknown>][] = [
    [
      'stopped and started',
      ({ cluster }) => cluster.call('POST', 'pools/shop/stop'),
      ({ cluster }) => cluster.call('POST', 'pools/shop/start'),
    ],
    ['removed and configured', ({ cluster }) => cluster.apply(WITHOUT_POOL), ({ cluster }) => cluster.apply(YAML)],
  ];
  for (const [verbs, end, comeBack] of RETURNS) {
    it(`that is ${verbs} again while its old worker drains goes on: what comes then waits for the next worker`, async (t) => {
      const living = await openLiving(t);
      const { adapters, cluster, home, old } = living;
      const id = await park(living);
      await end(living);
      await until(() => ends(living).every(({ refused }) => refused === EACH), 10_000, 'the refusals');
      await comeBack(living);
      await until(() => adapters.every(({ isEnabled }) => isEnabled), 10_000, 'adapters that take work again');
      for (const adapter of adapters) for (let count = 0; count < EACH; count++) adapter.request();
      await cluster.pass(2_000);
      home.exit(old, { planned: true });
      const { outcome, newWorker } = await closed(living, id);
      assert.deepEqual([outcome, newWorker], ['completed', (await started(living, 2)).workerId]);
      await until(() => ends(living).every(({ parked }) => parked === 0), 10_000, 'the answers');
      assert.deepEqual(ends(living), [
        { parked: 0, served: EACH, refused: EACH },
        { parked: 0, served: EACH, refused: EACH },
      ]);
    });
  }
});
