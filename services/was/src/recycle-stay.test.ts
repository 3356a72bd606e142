import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { sumsOf } from './recycle/receipt.ts';
import { requestRecycle, whatHolds } from './recycle/request.ts';
import { TestCluster, yamlOf } from './testing/cluster.ts';
import { closed, openRing, type Ring, receiptOf, recycle, reportAll, resultOf, saved, slotOf, started } from './testing/recycling.ts';

/** What is looked at of a receipt as operators see it. */
interface Shown {
  readonly waitsFor: string | null;
  readonly holders: readonly { readonly kind: string; readonly what: string; readonly forMs: number }[];
  readonly holderCount: number;
  readonly draining: { readonly sinceMs: number; readonly limitMs: number } | null;
}

const ASKED = { cause: 'onDemand', reason: '', requestedBy: 'admin' } as const;
const STAY = 'drain: { policy: stay, maxDrainAge: 10m, maxDraining: 2 }';

/** No host ends a worker before the test says so. */
async function openStaying(t: TestContext, drain = STAY): Promise<Ring> {
  const ring = await openRing(t, yamlOf({ pool: `${drain}, processModel: { shutdownTimeLimit: 20s }` }));
  for (const host of ring.hosts) host.obeysStop = false;
  return ring;
}

/** A recycle that was committed and whose old worker only drains. */
async function drained(ring: Ring, n: number): Promise<{ readonly id: string; readonly from: string }> {
  const from = slotOf(ring.cluster).serving;
  const id = recycle(ring);
  await started(ring, n + 1);
  await until(() => slotOf(ring.cluster).draining.some((drain) => drain.id === id), 10_000, `${id} to be set aside`);
  return { id, from };
}

const hostOf = ({ hosts }: Ring, workerId: string) => hosts.find(({ workers }) => workers.has(workerId))!;
const draining = (ring: Ring) => slotOf(ring.cluster).draining.map(({ id }) => id);

describe('long-lived connections that stay with the old generation', { concurrency: 4 }, () => {
  it('have maxDrainAge from the stop order on; those of a pool that waits have shutdownTimeLimit', async (t) => {
    for (const [drain, limitMs] of [
      [STAY, 600_000],
      ['drain: { policy: wait }', 20_000],
      ['drain: { policy: close }', 20_000],
    ] as const) {
      const ring = await openStaying(t, drain);
      const id = recycle(ring);
      const stop = await ring.home.stopOf(ring.old);
      assert.deepEqual([stop.limitMs, stop.cause, stop.successorWorkerId], [limitMs, 'recycle', slotOf(ring.cluster).serving], drain);
      assert.equal(receiptOf(ring, id).drainLimitMs, limitMs);
      await ring.cluster.state(ring.old, 'stopping');
      // The clock of the test runs on beside what it is put on.
      await ring.cluster.pass(Math.round(limitMs * 0.75));
      assert.equal(ring.cluster.was.engine.cluster.workers.get(ring.old)?.record.isForced, undefined, drain);
      await ring.cluster.pass(Math.round(limitMs * 0.25) + 3_000);
      await until(() => ring.cluster.was.engine.cluster.workers.get(ring.old)?.record.isForced, 10_000, `the end of ${drain}`);
    }
  });

  it('let the slot be recycled again, and each recycle ends with its own old worker and whole figures', async (t) => {
    const ring = await openStaying(t);
    const { cluster } = ring;
    const [first, second] = [await drained(ring, 1), await drained(ring, 2)];
    assert.deepEqual(draining(ring), [first.id, second.id]);
    assert.equal(slotOf(cluster).change, undefined);
    assert.equal((await saved(cluster)).changes.size, 0, 'no change runs in Redis either');
    assert.deepEqual([receiptOf(ring, first.id).oldWorker, receiptOf(ring, second.id).oldWorker], [first.from, second.from]);
    reportAll(ring, second.id, cluster.time.now());
    hostOf(ring, second.from).exit(second.from, { planned: true });
    assert.equal((await closed(ring, second.id)).outcome, 'completed', 'the later one may end first');
    assert.deepEqual([draining(ring), receiptOf(ring, first.id).outcome], [[first.id], 'running']);
    await cluster.pass(30_000);
    reportAll(ring, first.id, cluster.time.now());
    hostOf(ring, first.from).exit(first.from, { planned: true });
    const receipt = await closed(ring, first.id);
    assert.deepEqual([receipt.outcome, receipt.isIncomplete, draining(ring)], ['completed', false, []]);
    const { inFlightAtHandover, finished } = sumsOf(receipt);
    assert.deepEqual([inFlightAtHandover, finished], [3, 3]);
    assert.ok(receipt.overlapMs! >= 30_000, `${receipt.overlapMs} ms`);
  });

  it('are at most maxDraining generations: the next recycle waits, says for what, and begins when one has gone', async (t) => {
    const ring = await openStaying(t);
    const { cluster } = ring;
    const [first] = [await drained(ring, 1), await drained(ring, 2)];
    const serving = slotOf(cluster).serving;
    assert.match(whatHolds(cluster.was.engine, 'shop').join(), /drain already; with drain.maxDraining 2 it waits/);
    const third = recycle(ring);
    assert.deepEqual(requestRecycle(cluster.was.engine, 'shop/1', ASKED), { outcome: 'joined', recycleId: third });
    const waiting = await cluster.call<Shown>('GET', `recycles/${third}`);
    assert.match(waiting.waitsFor ?? '', new RegExp(`^2 of shop/1 drain already \\(${draining(ring).join(', ')}\\)`));
    await cluster.pass(3_000);
    assert.deepEqual([slotOf(cluster).change, slotOf(cluster).serving, receiptOf(ring, third).begunAtMs], [undefined, serving, undefined]);
    hostOf(ring, first.from).exit(first.from, { planned: true });
    await until(() => slotOf(cluster).serving !== serving, 10_000, 'the third commit');
    await until(() => draining(ring).includes(third), 10_000, 'it to be set aside');
    assert.equal(draining(ring).length, 2);
  });

  it('with maxDraining 1, and in a pool that waits, one recycle follows the other', async (t) => {
    for (const drain of ['drain: { policy: stay, maxDraining: 1 }', 'drain: { policy: wait }']) {
      const ring = await openStaying(t, drain);
      const { cluster } = ring;
      const first = recycle(ring);
      await ring.home.stopOf(ring.old);
      await cluster.state(ring.old, 'stopping');
      const serving = slotOf(cluster).serving;
      const next = requestRecycle(cluster.was.engine, 'shop/1', { ...ASKED, cause: 'configChange' });
      assert.equal(next.outcome, 'begun');
      await cluster.pass(5_000);
      assert.equal(slotOf(cluster).serving, serving, drain);
      hostOf(ring, ring.old).exit(ring.old, { planned: true });
      assert.equal((await resultOf(ring, first)).result, 'completed');
      await until(() => slotOf(cluster).serving !== serving, 10_000, `the next one with ${drain}`);
    }
  });

  it('hold the next recycle while an adapter has no stream: it may still have to make its step by the word of the old worker', async (t) => {
    const ring = await openStaying(t);
    const { cluster, b } = ring;
    b.answer = () => undefined;
    b.drop();
    await until(() => !cluster.isAttached('b'), 10_000, 'the loss');
    await cluster.pass(6_000);
    await until(() => cluster.was.engine.cluster.channels.get('b/1')?.presence === 'detached', 10_000, 'its grace to be over');
    const first = recycle(ring);
    await ring.home.stopOf(ring.old);
    await cluster.state(ring.old, 'stopping');
    const second = requestRecycle(cluster.was.engine, 'shop/1', { ...ASKED, cause: 'configChange' });
    assert.ok(second.outcome === 'begun');
    await cluster.pass(3_000);
    assert.deepEqual([slotOf(cluster).change?.stored.id, draining(ring)], [first, []]);
    const waiting = await cluster.call<Shown>('GET', `recycles/${second.recycleId}`);
    assert.match(waiting.waitsFor ?? '', /the adapter of b\/1 has no stream to WAS/);
    b.answer = () => 'done';
    b.eligible.set('shop/1', { workerId: slotOf(cluster).serving, generation: 2 });
    await b.register();
    await until(() => draining(ring).includes(first), 10_000, 'it to be set aside');
    await until(
      () => slotOf(cluster).change?.stored.id === second.recycleId || draining(ring).includes(second.recycleId),
      10_000,
      'the second',
    );
  });

  it('are found by another leader, which goes on with the next recycle and ends each with its worker', async (t) => {
    const ring = await openStaying(t);
    const { cluster, hosts, a, b } = ring;
    const [first, second] = [await drained(ring, 1), await drained(ring, 2)];
    const third = recycle(ring);
    await cluster.was.engine.receipts.saved(third);
    await cluster.restartWas();
    for (const host of hosts) await host.attach();
    for (const adapter of [a, b]) await adapter.register();
    await until(() => slotOf(cluster).awaiting.size === 0, 10_000, 'everybody');
    assert.deepEqual(draining(ring).sort(), [first.id, second.id].sort());
    assert.deepEqual([receiptOf(ring, first.id).outcome, receiptOf(ring, second.id).outcome], ['running', 'running']);
    assert.equal(receiptOf(ring, third).begunAtMs, undefined);
    reportAll(ring, first.id, cluster.time.now());
    hostOf(ring, first.from).exit(first.from, { planned: true });
    const receipt = await closed(ring, first.id);
    assert.deepEqual([receipt.outcome, receipt.isIncomplete, sumsOf(receipt).finished], ['completed', false, 3]);
    await until(() => draining(ring).includes(third), 10_000, 'the third');
    assert.ok(draining(ring).includes(second.id));
  });

  it('do not hold a rollout up: it goes through all slots while their old workers drain', async (t) => {
    const yaml = (version: string) =>
      yamlOf({ pool: `${STAY}, processModel: { maxProcesses: 2 }, startMode: alwaysRunning`, app: `version: "${version}"` });
    const cluster = await TestCluster.open(t, yaml('1'));
    const hosts = [await cluster.host('h1'), await cluster.host('h2')];
    for (const host of hosts) host.obeysStop = false;
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const slots = () => [...cluster.was.engine.cluster.pools.get('shop')!.slots.values()];
    const workers = () => slots().map(({ serving }) => cluster.was.engine.cluster.workers.get(serving)?.record);
    await until(() => workers().every((record) => record?.state === 'ready'), 10_000, 'two workers');
    for (const { name, serving } of slots()) adapter.eligible.set(name, { workerId: serving, generation: 1 });
    const isSeated = () => slots().every(({ seats, serving }) => seats.get('a/1')?.who === serving && !seats.get('a/1')?.ask);
    await until(isSeated, 10_000, 'both seats');
    await cluster.apply(yaml('2'));
    for (let second = 0; second < 60 && !workers().every((record) => record?.generation === 2); second++) await cluster.pass(1_000);
    await until(() => workers().every((record) => record?.generation === 2), 10_000, 'the second generation everywhere');
    await until(() => slots().every(({ draining }) => draining.length === 1), 10_000, 'both old workers to drain');
  });

  it('are not taken on when the serving worker dies, and are not in the way of the next start', async (t) => {
    const ring = await openStaying(t);
    const { cluster, a } = ring;
    const first = await drained(ring, 1);
    const serving = slotOf(cluster).serving;
    a.load('shop', 1, 0);
    hostOf(ring, serving).exit(serving);
    const { workerId } = await started(ring, 3);
    await until(() => slotOf(cluster).serving === workerId, 10_000, 'the next worker');
    assert.deepEqual(draining(ring), [first.id]);
    hostOf(ring, first.from).exit(first.from, { planned: true });
    assert.equal((await resultOf(ring, first.id)).result, 'completed');
  });
});

describe('what holds a drain', { concurrency: 4 }, () => {
  it('is named with its age, oldest first and bounded, and gone with the last report', async (t) => {
    const ring = await openStaying(t);
    const { cluster, a, b } = ring;
    const { id } = await drained(ring, 1);
    const now = cluster.time.now();
    const holder = (n: number) => ({
      kind: 'websocket',
      appKey: 'shop',
      what: `GET /feed/${n}`,
      client: '192.0.2.7',
      sinceMs: now - n * 1_000,
    });
    const list = (count: number) => Array.from({ length: count }, (_, n) => holder(count - n));
    a.report(id, 'shop/1', { inFlightAtHandover: 2, final: false, holders: list(25) as never, holderCount: 40 });
    b.report(id, 'shop/1', {
      inFlightAtHandover: 1,
      final: false,
      holders: [{ ...holder(90), kind: 'tcp', what: 'tcp://*:9000' }] as never,
      holderCount: 1,
    });
    const look = () => cluster.call<Shown>('GET', `recycles/${id}`);
    await until(async () => (await look()).holderCount === 41, 10_000, 'both reports');
    const shown = await look();
    assert.equal(shown.holders.length, 20);
    const { forMs = 0, ...oldest } = shown.holders[0] ?? {};
    assert.deepEqual(oldest, { kind: 'tcp', app: 'shop', what: 'tcp://*:9000', client: '192.0.2.7' });
    assert.ok(forMs >= 90_000 && forMs < 120_000, `${forMs} ms`);
    assert.equal(shown.holders[1]?.what, 'GET /feed/25');
    assert.equal(shown.draining?.limitMs, 600_000);
    assert.ok(Math.abs((shown.draining?.sinceMs ?? 0) - now) < 60_000);
    reportAll(ring, id, cluster.time.now());
    await until(async () => (await look()).holderCount === 0, 10_000, 'nothing to hold it');
    assert.deepEqual((await look()).holders, []);
    hostOf(ring, ring.old).exit(ring.old, { planned: true });
    assert.equal((await closed(ring, id)).holders, undefined);
    assert.equal((await look()).draining, null);
  });

  it('costs Redis at most one write a second, however often it is reported', async (t) => {
    const ring = await openStaying(t);
    const { cluster, a } = ring;
    const { id } = await drained(ring, 1);
    const report = (n: number) => {
      const holders = [{ kind: 'request', appKey: 'shop', what: `GET /${n}`, client: '', sinceMs: 1 }] as never;
      a.report(id, 'shop/1', { inFlightAtHandover: 2, final: false, holders, holderCount: n });
    };
    report(1);
    await until(() => receiptOf(ring, id).holders?.['a/1']?.count === 1, 10_000, 'the first');
    const held = async () => (await saved(cluster)).receipts.find((receipt) => receipt.id === id)?.holders?.['a/1']?.count;
    await cluster.was.engine.receipts.saved(id);
    const before = await held();
    for (let n = 2; n <= 200; n++) report(n);
    await until(() => receiptOf(ring, id).holders?.['a/1']?.count === 200, 10_000, 'the last');
    await cluster.was.engine.receipts.saved(id);
    assert.equal(await held(), before, 'not written yet');
    cluster.time.advance(1_000);
    await until(async () => (await held()) === 200, 10_000, 'the write');
  });
});
