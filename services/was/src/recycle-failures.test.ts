import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { yamlOf } from './testing/cluster.ts';
import { openHalfDone } from './testing/half-done.ts';
import { openRing, recycle, resultOf, slotOf, started, stopped, story } from './testing/recycling.ts';

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
