import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openHalfDone } from './testing/half-done.ts';
import { closed, openRing, receiptOf, recycle, reportAll, resultOf, slotOf, started } from './testing/recycling.ts';

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
