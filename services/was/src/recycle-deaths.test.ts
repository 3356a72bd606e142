import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { yamlOf } from './testing/cluster.ts';
import { haveWork, openHalfDone } from './testing/half-done.ts';
import { closed, openRing, receiptOf, recycle, resultOf, slotOf, started } from './testing/recycling.ts';

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
