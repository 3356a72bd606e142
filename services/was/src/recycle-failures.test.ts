import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { yamlOf } from './testing/cluster.ts';
import {
  closed,
  openRing,
  type Ring,
  receiptOf,
  recycle,
  reportAll,
  resultOf,
  slotOf,
  started,
  stopped,
  story,
} from './testing/recycling.ts';

/** Both adapters report work, so that a crash is replaced. */
async function haveWork({ cluster, a, b }: Ring): Promise<void> {
  for (const adapter of [a, b]) adapter.load('shop', 0, 1);
  await until(() => cluster.was.engine.attachedChannels('shop').every(({ inFlight }) => inFlight === 1), 10_000, 'the reports');
}

/** A recycle whose Handover was done at "a" and is not answered at "b". */
async function openHalfDone(ring: Ring): Promise<{ id: string; to: string; asked: Awaited<ReturnType<Ring['b']['next']>> }> {
  ring.b.answer = () => undefined;
  const id = recycle(ring);
  const { workerId: to } = await started(ring, 2);
  const asked = await ring.b.next('handover', ({ toWorkerId }) => toWorkerId === to);
  await until(() => slotOf(ring.cluster).seats.get('a/1')?.who === to, 10_000, 'the first answer');
  return { id, to, asked };
}

describe('when the replacement fails before the commit', { concurrency: 4 }, () => {
  it('at load, nobody is asked, the recycle fails with its cause and is not tried again', async (t) => {
    const ring = await openRing(t);
    ring.away.onStart = () => ({ failsWith: 'APP_THREW' });
    const receipt = await resultOf(ring, recycle(ring));
    assert.deepEqual([receipt.result, receipt.failure], ['failed', 'the replacement died: APP_THREW: as the script says']);
    assert.deepEqual([slotOf(ring.cluster).serving, slotOf(ring.cluster).failures, ring.a.count('handover')], [ring.old, 0, 0]);
    await ring.cluster.pass(5_000);
    assert.equal(ring.away.starts().length + ring.home.starts().length, 2);
    assert.equal(ring.a.count('activationFailing'), 0, 'nothing waits for it');
    ring.away.onStart = () => 'connect';
    assert.equal((await resultOf(ring, recycle(ring))).newGeneration, 3, 'its generation is not used again');
  });

  it('by never being ready within startupTimeLimit, it is stopped with the old worker as its successor', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'processModel: { startupTimeLimit: 4s }' }));
    ring.away.onStart = () => 'spawn';
    ring.away.obeysConnect = false;
    const id = recycle(ring);
    const { workerId } = await started(ring, 2);
    await ring.cluster.pass(7_000);
    const stop = await ring.away.stopOf(workerId);
    assert.deepEqual([stop.successorWorkerId, stop.cause], [ring.old, 'recycle']);
    assert.equal((await resultOf(ring, id)).failure, 'the replacement was not ready within startupTimeLimit (4000 ms): it is starting');
    assert.equal(ring.a.count('handover'), 0);
  });

  it('by connecting to one adapter only, that adapter is named', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'processModel: { startupTimeLimit: 4s }' }));
    const { away } = ring;
    away.onStart = () => 'spawn';
    away.obeysConnect = false;
    const id = recycle(ring);
    const { workerId } = await started(ring, 2);
    away.report(workerId, 2, (report) => {
      report.connected = [{ $typeName: 'baton.control.v1.ChannelRef', adapterId: 'a', channelId: 1 }];
    });
    await ring.cluster.pass(7_000);
    assert.match((await resultOf(ring, id)).failure ?? '', /not ready within startupTimeLimit \(4000 ms\): not connected on b\/1/);
    assert.equal(ring.a.count('handover') + ring.b.count('handover'), 0);
  });

  it('for want of a host, the old worker goes on', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'processModel: { startupTimeLimit: 4s }' }));
    for (const host of ring.hosts) host.drop();
    await until(() => ring.hosts.every(({ id }) => !ring.cluster.was.engine.hosts.has(id)), 10_000, 'the loss');
    const id = recycle(ring);
    const { cluster } = ring.cluster.was.engine;
    await until(() => cluster.workers.get(slotOf(ring.cluster).change?.stored.to ?? '')?.waitsFor, 10_000, 'a replacement without a host');
    assert.equal(cluster.pools.get('shop')?.failing, undefined, 'no work waits for it');
    ring.cluster.time.advance(4_000);
    assert.match((await resultOf(ring, id)).failure ?? '', /no worker host is attached/);
    assert.equal(slotOf(ring.cluster).serving, ring.old);
    assert.deepEqual([cluster.pools.get('shop')?.failing, ring.a.count('activationFailing')], [undefined, 0]);
  });

  it('between the first and the last answer, what was moved is given back after the answer of everybody who was asked', async (t) => {
    const ring = await openRing(t);
    const { a, b, old, away } = ring;
    const { id, to, asked } = await openHalfDone(ring);
    away.exit(to);
    await until(() => slotOf(ring.cluster).change?.phase === 'rolling', 10_000, 'the roll-back');
    const back = await a.next('handover', ({ toWorkerId }) => toWorkerId === old);
    assert.deepEqual([back.recycleId, back.fromWorkerId, back.onlyIfIdle], [id, to, false]);
    assert.equal(b.count('handover'), 1, 'not before its answer');
    b.answer = () => 'done';
    b.reply(asked, 'done');
    await b.next('handover', ({ toWorkerId }) => toWorkerId === old);
    const receipt = await resultOf(ring, id);
    assert.equal(receipt.failure, 'the replacement died: APP_CRASHED: killed by SIGKILL');
    assert.deepEqual([slotOf(ring.cluster).serving, stopped(ring.hosts)], [old, []]);
    assert.deepEqual(receipt.shares['a/1']?.inFlight, 2, 'the number of its first answer');
    assert.deepEqual((await story(ring)).slice(-6), [
      `recycle.begun ${old}>${to}`,
      `handover.done a/1 ${old}>${to}`,
      `handover.done a/1 ${to}>${old}`,
      `handover.done b/1 ${old}>${to}`,
      `handover.done b/1 ${to}>${old}`,
      `recycle.failed ${old}>${to}`,
    ]);
  });

  it('by an adapter that is not ready until startupTimeLimit, it is asked again and again, then all is given back and it is stopped', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'processModel: { startupTimeLimit: 4s }' }));
    const { a, b, old, away } = ring;
    b.answer = ({ toWorkerId }) => (toWorkerId === old ? 'done' : 'notReady');
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await until(() => b.count('handover') >= 2, 10_000, 'a second question');
    await ring.cluster.pass(5_000);
    await a.next('handover', ({ toWorkerId }) => toWorkerId === old);
    assert.match((await resultOf(ring, id)).failure ?? '', /not done within startupTimeLimit \(4000 ms\) on b\/1/);
    assert.equal((await away.stopOf(to)).successorWorkerId, old);
    await ring.cluster.gone(to);
  });

  it('with its host, it is given up; when that host returns it is stopped there', async (t) => {
    const ring = await openRing(t);
    const { away, old } = ring;
    away.onStart = () => 'spawn';
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    away.drop();
    await ring.cluster.pass(6_000);
    assert.equal((await resultOf(ring, id)).failure, 'the replacement died: its host is lost');
    assert.equal(ring.home.starts().length, 1, 'nothing else is started');
    away.onStart = () => 'connect';
    await away.attach();
    assert.equal((await away.stopOf(to)).successorWorkerId, old);
  });
});

describe('when the old worker dies', { concurrency: 4 }, () => {
  it('before the replacement is ready, the recycle goes on and nothing else is started', async (t) => {
    const ring = await openRing(t);
    const { home, away, old } = ring;
    await haveWork(ring);
    away.onStart = () => 'spawn';
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    home.exit(old);
    await ring.cluster.gone(old);
    away.connect(to);
    assert.equal((await resultOf(ring, id)).result, 'completed');
    assert.deepEqual([slotOf(ring.cluster).serving, home.starts().length + away.starts().length], [to, 2]);
    assert.equal(ring.a.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
  });

  it('and no host takes the replacement, adapters hear that: now work waits for it', async (t) => {
    const ring = await openRing(t);
    const { cluster, away, home, old, a } = ring;
    away.onStart = () => 'nothing';
    recycle(ring);
    await started(ring, 2);
    home.exit(old);
    await cluster.gone(old);
    home.drop();
    await until(() => !cluster.was.engine.hosts.has(home.id), 10_000, 'the loss of the other host');
    const { generation, epoch, number } = await away.nthStart(1);
    away.refuse(`shop.1-${generation}-start-${epoch}-${number}`, 'stopping');
    assert.equal((await a.next('activationFailing')).code, 'NO_HOST');
  });

  it('between the first and the last answer, the recycle goes on', async (t) => {
    const ring = await openRing(t);
    const { b, home, away, old } = ring;
    await haveWork(ring);
    const { id, to, asked } = await openHalfDone(ring);
    home.exit(old);
    await ring.cluster.gone(old);
    b.reply(asked, 'done');
    assert.equal((await resultOf(ring, id)).result, 'completed');
    assert.deepEqual([slotOf(ring.cluster).serving, home.starts().length + away.starts().length], [to, 2]);
  });

  it('while it is rolled back, nothing is given back: the recycle has failed, and the death is an ordinary crash', async (t) => {
    const ring = await openRing(t);
    const { a, b, home, away, old } = ring;
    await haveWork(ring);
    const { id, to } = await openHalfDone(ring);
    a.answer = () => undefined;
    away.exit(to);
    await a.next('handover', ({ toWorkerId }) => toWorkerId === old);
    home.exit(old);
    assert.equal((await resultOf(ring, id)).failure, 'the replacement died: APP_CRASHED: killed by SIGKILL');
    const third = await started(ring, 3);
    const start = third.host.starts().at(-1)?.verb;
    assert.equal(start?.case === 'start' && start.value.role, 'activation');
    assert.equal(b.count('handover'), 1, 'it was never asked to give back');
  });

  it('with a replacement that is alive and was given up, that one never serves', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'processModel: { startupTimeLimit: 4s }' }));
    const { a, b, home, old } = ring;
    await haveWork(ring);
    b.answer = () => 'notReady';
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await until(() => b.count('handover') > 0, 10_000, 'the question');
    a.answer = () => undefined;
    await ring.cluster.pass(5_000);
    await a.next('handover', ({ toWorkerId }) => toWorkerId === old);
    home.exit(old);
    assert.match((await resultOf(ring, id)).failure ?? '', /not done within/);
    const third = await started(ring, 3);
    await until(() => slotOf(ring.cluster).serving === third.workerId, 10_000, 'the third');
    assert.equal(ring.cluster.was.engine.cluster.workers.get(to)?.record.isRejected, true);
  });
});

describe('after the commit', { concurrency: 4 }, () => {
  it('the death of the new worker is an ordinary crash, and the old one finishes what it has', async (t) => {
    const ring = await openRing(t);
    const { home, away, old } = ring;
    await haveWork(ring);
    home.obeysStop = false;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await home.stopOf(old);
    away.exit(to);
    const third = await started(ring, 3);
    assert.deepEqual([third.generation, receiptOf(ring, id).result, home.workers.has(old)], [3, undefined, true]);
    await ring.cluster.state(third.workerId, 'ready');
    home.exit(old, { planned: true });
    assert.deepEqual([(await resultOf(ring, id)).result, receiptOf(ring, id).newWorker], ['completed', to]);
  });

  it('a drain that does not end in time is killed, and its requests count as failed', async (t) => {
    const ring = await openRing(t);
    const { home, old, a, b } = ring;
    home.obeysStop = false;
    const id = recycle(ring);
    await home.stopOf(old);
    home.exit(old, { planned: false, errorCode: 'SHUTDOWN_TIMEOUT' });
    a.report(id, 'shop/1', { inFlightAtHandover: 2, failed: 2, final: true });
    b.report(id, 'shop/1', { inFlightAtHandover: 1, failed: 1, final: true });
    const { outcome, isIncomplete, shares } = await closed(ring, id);
    assert.deepEqual([outcome, isIncomplete, shares['a/1']?.failed, shares['b/1']?.failed], ['completed', false, 2, 1]);
    assert.equal(slotOf(ring.cluster).failures, 0, "nobody's start is delayed by it");
  });
});

describe('an adapter', { concurrency: 4 }, () => {
  it('that is lost in the middle holds the commit for 5 s, then the recycle ends on the rest', async (t) => {
    const ring = await openRing(t);
    const { b, home, old } = ring;
    const { id, to } = await openHalfDone(ring);
    b.drop();
    await until(() => ring.cluster.was.engine.cluster.channels.get('b/1')?.presence === 'grace', 10_000, 'the loss');
    await ring.cluster.pass(4_000);
    assert.equal(slotOf(ring.cluster).change?.phase, 'handing');
    await ring.cluster.pass(1_000);
    assert.equal((await resultOf(ring, id)).result, 'completed');
    assert.deepEqual([slotOf(ring.cluster).serving, (await home.stopOf(old)).successorWorkerId], [to, to]);
    reportAll({ a: ring.a, b: ring.a }, id, ring.cluster.time.now());
    await closed(ring, id);
    assert.equal((await resultOf(ring, recycle(ring))).result, 'completed', 'a detached channel blocks nothing');
  });

  it('holds nothing up for longer when the timer of its 5 s fires before the clock says so', async (t) => {
    const ring = await openRing(t);
    const { time } = ring.cluster;
    const after = time.after.bind(time);
    time.after = (delayMs, callback) => after(Math.max(0, delayMs - 3), callback);
    const presence = () => ring.cluster.was.engine.cluster.channels.get('b/1')?.presence;
    ring.b.drop();
    await until(() => presence() === 'grace', 10_000, 'the loss');
    await ring.cluster.pass(4_900);
    await until(() => presence() === 'detached', 5_000, 'the end of its 5 s');
  });

  it('that lost its stream and comes back within 5 s answers with what it did, and the receipt counts it once', async (t) => {
    const ring = await openRing(t);
    const { b } = ring;
    const { id, to, asked } = await openHalfDone(ring);
    b.drop();
    await until(() => ring.cluster.was.engine.cluster.channels.get('b/1')?.presence === 'grace', 10_000, 'the loss');
    b.reply(asked, 'done');
    b.answer = () => 'done';
    await b.register();
    const receipt = await resultOf(ring, id);
    assert.deepEqual([receipt.result, receipt.shares['b/1']?.inFlight, slotOf(ring.cluster).serving], ['completed', 1, to]);
    assert.equal(b.count('handover'), 1, 'its report was enough');
  });

  it('that was away when a drained worker died, with requests of it, hears that when it registers', async (t) => {
    const ring = await openRing(t);
    const { b, home, old } = ring;
    home.obeysStop = false;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await home.stopOf(old);
    b.drop();
    await until(() => ring.cluster.was.engine.cluster.channels.get('b/1')?.presence === 'grace', 10_000, 'the loss');
    home.exit(old, { planned: false, errorCode: 'SHUTDOWN_TIMEOUT' });
    await ring.cluster.gone(old);
    b.knownIn = () => [old, to];
    await b.register();
    const { workerId, slot, planned } = await b.next('instanceGone');
    assert.deepEqual([workerId, slot, planned], [old, 'shop/1', false]);
    assert.deepEqual([b.count('instanceGone'), slotOf(ring.cluster).seats.get('b/1')?.who], [1, to]);
    b.report(id, 'shop/1', { inFlightAtHandover: 1, replayed: 1, final: true });
    await until(() => receiptOf(ring, id).shares['b/1']?.replayed === 1, 10_000, 'its report');
  });

  it('that missed the commit is moved when it registers, in the same recycle while that lasts', async (t) => {
    const ring = await openRing(t);
    const { b, home, old } = ring;
    home.obeysStop = false;
    b.drop();
    await until(() => ring.cluster.was.engine.cluster.channels.get('b/1')?.presence === 'grace', 10_000, 'the loss');
    await ring.cluster.pass(5_000);
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await home.stopOf(old);
    await b.register();
    const handover = await b.next('handover');
    assert.deepEqual([handover.recycleId, handover.fromWorkerId, handover.toWorkerId], [id, old, to]);
    await until(() => receiptOf(ring, id).shares['b/1']?.inFlight === 1, 10_000, 'its share');
  });

  it('that opens a channel on a slot served by a replacement is told whom to use, also while the next recycle starts', async (t) => {
    const ring = await openRing(t);
    await resultOf(ring, recycle(ring));
    const { serving } = slotOf(ring.cluster);
    for (const host of ring.hosts) host.onStart = () => 'spawn';
    recycle(ring);
    (await started(ring, 3)).host.obeysConnect = false;
    const late = await ring.cluster.adapter('late');
    await late.open('shop');
    const handover = await late.next('handover');
    assert.deepEqual([handover.fromWorkerId, handover.toWorkerId], ['', serving]);
    assert.equal(slotOf(ring.cluster).change?.phase, 'starting');
  });

  it('that is the last one: without any, a recycle is given up', async (t) => {
    const ring = await openRing(t);
    const { a, b, away } = ring;
    away.onStart = () => 'spawn';
    const id = recycle(ring);
    await started(ring, 2);
    for (const adapter of [a, b]) adapter.drop();
    await until(() => ring.cluster.was.engine.attachedChannels('shop').length === 0, 10_000, 'the loss');
    await ring.cluster.pass(5_000);
    assert.equal((await resultOf(ring, id)).failure, 'no channel is attached');
  });
});

describe('a host that is lost', { concurrency: 4 }, () => {
  it('has its slot placed elsewhere after 5 s; when it returns the higher generation is kept and the lower retired', async (t) => {
    const ring = await openRing(t);
    const { home, away, old } = ring;
    home.drop();
    await ring.cluster.pass(6_000);
    const second = await started(ring, 2);
    assert.deepEqual([second.host, second.generation], [away, 2]);
    await ring.cluster.state(second.workerId, 'ready');
    await home.attach();
    assert.equal((await home.stopOf(old)).successorWorkerId, second.workerId);
    await ring.cluster.gone(old);
    assert.equal(slotOf(ring.cluster).serving, second.workerId);
  });
});
