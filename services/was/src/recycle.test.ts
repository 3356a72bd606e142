import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { requestRecycle, whatHolds } from './recycle/request.ts';
import { yamlOf } from './testing/cluster.ts';
import { closed, openRing, receiptOf, recycle, reportAll, resultOf, saved, slotOf, started, stopped, story } from './testing/recycling.ts';

const ASKED = { cause: 'onDemand', reason: '', requestedBy: 'admin' } as const;

describe('a recycle', { concurrency: 4 }, () => {
  it('starts the next generation on another host, moves every adapter, commits, and stops the old worker', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, old, home, away } = ring;
    home.obeysStop = false;
    const id = recycle(ring, { reason: 'new certificate' });
    const { workerId, generation, host } = await started(ring, 2);
    assert.deepEqual([generation, host], [2, away]);
    const start = away.starts()[0]?.verb;
    assert.equal(start?.case === 'start' && start.value.role, `replacement:${id}`);
    for (const adapter of [a, b]) {
      const handover = await adapter.next('handover');
      assert.deepEqual(
        [handover.recycleId, handover.slot, handover.fromWorkerId, handover.toWorkerId, handover.onlyIfIdle],
        [id, 'shop/1', old, workerId, false],
      );
    }
    const stop = await home.stopOf(old);
    assert.deepEqual([stop.cause, stop.force, stop.successorWorkerId], ['recycle', false, workerId]);
    const { serving, changes } = await saved(cluster);
    const change = changes.get('shop/1');
    assert.deepEqual([serving.get('shop/1'), change?.isCommitted, change?.inFlight], [workerId, true, 3]);
    assert.equal(receiptOf(ring, id).outcome, 'running');
    reportAll(ring, id, cluster.time.now());
    home.exit(old, { planned: true });
    const receipt = await closed(ring, id);
    assert.deepEqual(
      [
        receipt.outcome,
        receipt.oldWorker,
        receipt.newWorker,
        receipt.oldHost,
        receipt.newHost,
        receipt.oldGeneration,
        receipt.newGeneration,
      ],
      ['completed', old, workerId, home.id, away.id, 1, 2],
    );
    assert.deepEqual([receipt.cause, receipt.reason, receipt.requestedBy], ['onDemand', 'new certificate', 'admin']);
    assert.equal((await saved(cluster)).changes.size, 0);
    assert.deepEqual((await story(ring)).slice(-5), [
      `recycle.begun ${old}>${workerId}`,
      `handover.done a/1 ${old}>${workerId}`,
      `handover.done b/1 ${old}>${workerId}`,
      `recycle.committed ${old}>${workerId}`,
      `recycle.completed ${old}>${workerId}`,
    ]);
    assert.equal(a.count('applicationPoolCanOpenNewListenerChannelInstance'), 0, 'the slot was never empty');
  });

  it('asks nobody before the replacement is connected on every attached channel', async (t) => {
    const ring = await openRing(t);
    const { a, b, away } = ring;
    away.onStart = () => 'spawn';
    recycle(ring);
    const { workerId } = await started(ring, 2);
    away.report(workerId, 2, (report) => {
      report.connected = [{ $typeName: 'baton.control.v1.ChannelRef', adapterId: 'a', channelId: 1 }];
    });
    await until(() => ring.cluster.was.engine.cluster.workers.get(workerId)?.view.connected.size === 1, 10_000, 'one connection');
    assert.deepEqual([a.count('handover'), b.count('handover'), slotOf(ring.cluster).change?.phase], [0, 0, 'starting']);
    away.connect(workerId);
    await b.next('handover');
    await until(() => slotOf(ring.cluster).serving === workerId, 10_000, 'the commit');
  });

  it('stays on the host when no other one can take the replacement', async (t) => {
    const ring = await openRing(t);
    ring.away.drop();
    await until(() => !ring.cluster.was.engine.hosts.has(ring.away.id), 10_000, 'the loss');
    const id = recycle(ring);
    assert.equal((await started(ring, 2)).host, ring.home);
    assert.deepEqual([(await resultOf(ring, id)).oldHost, receiptOf(ring, id).newHost], [ring.home.id, ring.home.id]);
  });

  it('follows the last one: a hundred in a row change host and generation each time', async (t) => {
    const ring = await openRing(t);
    for (const adapter of [ring.a, ring.b]) adapter.inFlightOn = () => 0;
    let last = ring.home;
    for (let generation = 2; generation <= 101; generation++) {
      const receipt = await closed(ring, recycle(ring));
      assert.deepEqual([receipt.outcome, receipt.newGeneration, receipt.oldHost], ['completed', generation, last.id]);
      assert.notEqual(receipt.newHost, last.id);
      last = ring.hosts.find(({ id }) => id === receipt.newHost)!;
    }
    assert.equal(ring.hosts[0].workers.size + ring.hosts[1].workers.size, 1);
  });
});

describe('a request for a recycle', { concurrency: 4 }, () => {
  it('joins the one that runs: the first cause wins', async (t) => {
    const ring = await openRing(t);
    const { cluster, away } = ring;
    away.onStart = () => 'spawn';
    const id = recycle(ring, { cause: 'time' });
    assert.deepEqual(requestRecycle(cluster.was.engine, 'shop/1', ASKED), { outcome: 'joined', recycleId: id });
    const { workerId } = await started(ring, 2);
    assert.deepEqual(requestRecycle(cluster.was.engine, 'shop/1', ASKED), { outcome: 'joined', recycleId: id });
    assert.match(whatHolds(cluster.was.engine, 'shop')[0] ?? '', new RegExp(`recycle ${id} \\(time\\) runs`));
    away.connect(workerId);
    assert.deepEqual([(await resultOf(ring, id)).cause, stopped(ring.hosts)], ['time', [ring.old]]);
  });

  it('for changed settings follows the one that runs', async (t) => {
    const ring = await openRing(t);
    const { cluster, away } = ring;
    away.onStart = () => 'spawn';
    const first = recycle(ring);
    const { workerId } = await started(ring, 2);
    const change = { ...ASKED, cause: 'configChange' } as const;
    const second = requestRecycle(cluster.was.engine, 'shop/1', change);
    assert.ok(second.outcome === 'begun' && second.recycleId !== first);
    assert.deepEqual(requestRecycle(cluster.was.engine, 'shop/1', change), { outcome: 'joined', recycleId: second.recycleId });
    assert.equal(receiptOf(ring, second.recycleId).begunAtMs, undefined);
    away.connect(workerId);
    await resultOf(ring, first);
    const receipt = await resultOf(ring, second.recycleId);
    assert.deepEqual([receipt.result, receipt.oldWorker, receipt.newGeneration], ['completed', workerId, 3]);
  });

  it('is idle when nobody serves, waits for a worker that starts, and is refused when no adapter is there', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, old, home } = ring;
    const { engine } = cluster.was;
    assert.deepEqual(whatHolds(engine, 'shop'), []);
    assert.equal(requestRecycle(engine, 'shop/9', ASKED).outcome, 'refused');
    home.exit(old);
    const { permission } = await a.next('applicationPoolCanOpenNewListenerChannelInstance');
    assert.deepEqual(requestRecycle(engine, 'shop/1', ASKED), { outcome: 'idle' });
    for (const host of ring.hosts) host.onStart = () => 'spawn';
    await a.open('shop', permission);
    const { workerId, host } = await started(ring, 2);
    const id = recycle(ring);
    assert.match(whatHolds(engine, 'shop')[0] ?? '', /waits for its turn/);
    for (const one of ring.hosts) one.onStart = () => 'connect';
    host.connect(workerId);
    assert.equal((await resultOf(ring, id)).oldWorker, workerId);
    a.drop();
    b.drop();
    await until(() => engine.attachedChannels('shop').length === 0, 10_000, 'the loss');
    await cluster.pass(5_000);
    const refused = requestRecycle(engine, 'shop/1', ASKED);
    assert.deepEqual([refused.outcome, refused.outcome === 'refused' && refused.code], ['refused', 'RECYCLE_REFUSED']);
    assert.match(whatHolds(engine, 'shop').join(), /no channel of pool shop is attached/);
  });

  it('is refused by a stopped pool, and given up when the pool is stopped in its middle', async (t) => {
    const ring = await openRing(t);
    const { cluster, old, away } = ring;
    away.onStart = () => 'spawn';
    const id = recycle(ring);
    await started(ring, 2);
    await cluster.call('POST', 'pools/shop/stop');
    const refused = requestRecycle(cluster.was.engine, 'shop/1', ASKED);
    assert.equal(refused.outcome === 'refused' && refused.code, 'POOL_STOPPED');
    assert.match((await resultOf(ring, id)).failure ?? '', /its pool was stopped/);
    await cluster.gone(old);
    await until(() => ring.hosts.every(({ workers }) => workers.size === 0), 10_000, 'the end of both');
  });

  it('takes an idle-out back that has not been committed', async (t) => {
    const ring = await openRing(t);
    const { b, home, old } = ring;
    b.answer = ({ onlyIfIdle }) => (onlyIfIdle ? undefined : 'done');
    home.wishIdle(old);
    const asked = await b.next('handover', ({ onlyIfIdle }) => onlyIfIdle);
    const id = recycle(ring);
    await until(() => home.wishAnswers.length > 0, 10_000, 'the answer');
    assert.deepEqual([home.wishAnswers[0]?.granted, home.wishAnswers[0]?.reason], [false, 'a recycle was asked for']);
    b.reply(asked, 'done');
    assert.deepEqual([(await resultOf(ring, id)).oldWorker, receiptOf(ring, id).result], [old, 'completed']);
  });

  it('of a worker itself is granted when its recycle begins, and again while it runs', async (t) => {
    const ring = await openRing(t);
    const { home, away, old } = ring;
    away.onStart = () => 'spawn';
    home.wishRecycle(old, 'leaks');
    await until(() => home.wishAnswers.length === 1, 10_000, 'the answer');
    home.wishRecycle(old, 'leaks');
    await until(() => home.wishAnswers.length === 2, 10_000, 'the second answer');
    assert.deepEqual(
      home.wishAnswers.map(({ kind, granted }) => [kind, granted]),
      [
        [2, true],
        [2, true],
      ],
    );
    const { workerId } = await started(ring, 2);
    // The replacement asks too soon: it is heard when its own recycle has ended.
    away.wishRecycle(workerId, 'leaks too');
    away.connect(workerId);
    const [receipt] = ring.cluster.was.engine.receipts.running;
    assert.deepEqual([receipt?.cause, receipt?.reason, receipt?.requestedBy], ['app', 'leaks', `worker ${old}`]);
    await resultOf(ring, receipt!.id);
    assert.deepEqual([away.wishAnswers.length, slotOf(ring.cluster).serving], [0, workerId]);
    away.wishRecycle(workerId, 'leaks too');
    await until(() => away.wishAnswers[0]?.granted, 10_000, 'the answer to the replacement');
  });

  it('of a worker is denied, with the reason, when none may begin', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, home, old } = ring;
    for (const adapter of [a, b]) adapter.drop();
    await until(() => cluster.was.engine.attachedChannels('shop').length === 0, 10_000, 'the loss');
    await cluster.pass(5_000);
    home.wishRecycle(old);
    await until(() => home.wishAnswers.length > 0, 10_000, 'the answer');
    assert.equal(home.wishAnswers[0]?.granted, false);
    assert.match(home.wishAnswers[0]?.reason ?? '', /no channel of pool shop is attached/);
  });
});

describe('a worker that lacks an attached channel for startupTimeLimit', { concurrency: 4 }, () => {
  it('is recycled, and not again when that fails', async (t) => {
    const yaml = yamlOf({ pool: 'processModel: { startupTimeLimit: 4s }' });
    const ring = await openRing(t, yaml);
    const { cluster, home, away, old } = ring;
    const only = (workerId: string, host = home) =>
      host.report(workerId, 2, (report) => {
        report.connected = report.connected.filter(({ adapterId }) => adapterId === 'a');
      });
    away.onStart = () => 'nothing';
    home.obeysConnect = false;
    only(old);
    await cluster.pass(7_000);
    const receipt = await until(() => cluster.was.engine.receipts.running[0], 10_000, 'the recycle');
    assert.deepEqual([receipt.cause, receipt.requestedBy], ['partlyConnected', 'was']);
    assert.match(receipt.reason, /not connected on b\/1 within startupTimeLimit \(4000 ms\)/);
    await started(ring, 2);
    await cluster.pass(8_000);
    assert.match((await resultOf(ring, receipt.id)).failure ?? '', /not ready within startupTimeLimit/);
    await cluster.pass(10_000);
    assert.deepEqual([cluster.was.engine.receipts.running.length, slotOf(cluster).serving], [0, old]);
  });
});
