import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openRedis } from '@baton/store';
import { newReceipt, sumsOf } from './recycle/receipt.ts';
import { Receipts } from './recycle/receipts.ts';
import { closed, openRing, receiptOf, recycle, reportAll, resultOf, saved, slotOf } from './testing/recycling.ts';
import { TestTime } from './testing/test-time.ts';

const ASKED = { id: 'r1', pool: 'shop', slot: 'shop/1', cause: 'onDemand', requestedBy: 'admin', reason: '' };
const OLD = { id: 'w1', host: 'h1', generation: 1 };

/** Receipts at a Redis that is empty and refuses every write. */
function refusing() {
  let isRefused = true;
  const written: string[] = [];
  const receipts = new Receipts({
    known: new Map(),
    time: new TestTime(),
    save: async ({ id }) => {
      if (isRefused) throw new Error('NOREPLICAS Not enough good replicas to write.');
      written.push(id);
    },
    store: { receipt: async () => undefined, receipts: async () => [] },
  });
  const refuse = (is: boolean) => {
    isRefused = is;
  };
  return { receipts, refuse, written };
}

describe('receipts', () => {
  it('show what runs, wait for its end, and are listed newest first', async (t) => {
    const ring = await openRing(t);
    const { receipts } = ring.cluster.was.engine;
    const first = recycle(ring);
    const waiting = receipts.whenEnded(first, 10_000);
    await resultOf(ring, first);
    reportAll(ring, first, ring.cluster.time.now());
    assert.equal((await waiting)?.outcome, 'completed');
    const second = recycle(ring);
    assert.deepEqual(
      (await receipts.list(10)).map(({ id, outcome }) => [id, outcome]),
      [
        [second, 'running'],
        [first, 'completed'],
      ],
    );
    assert.deepEqual(
      [(await receipts.list(10, 'shop')).length, (await receipts.list(10, 'blog')).length, (await receipts.list(1)).length],
      [2, 0, 1],
    );
    assert.equal((await receipts.whenEnded(second, 1))?.outcome, 'running', 'as it is when the wait is over');
    assert.deepEqual([await receipts.whenEnded('nothing', 10), await receipts.find('nothing')], [undefined, undefined]);
  });

  it('acknowledge a final report when it is in Redis, also one of a recycle that nobody knows', async (t) => {
    const ring = await openRing(t);
    const { a } = ring;
    const id = recycle(ring);
    await resultOf(ring, id);
    a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 1, final: false });
    a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 2, final: true, lastEndedAtMs: ring.cluster.time.now() });
    a.report('calm-1-1', 'shop/1', { final: true });
    await a.next('recycleReportReceived', ({ recycleId }) => recycleId === 'calm-1-1');
    const { slot, channelId } = await a.next('recycleReportReceived', ({ recycleId }) => recycleId === id);
    assert.deepEqual([slot, channelId, a.count('recycleReportReceived')], ['shop/1', 1, 2]);
    assert.equal((await saved(ring.cluster)).all[0]?.shares['a/1']?.isFinal, true);
  });

  it('keep what Redis refuses: listed, and acknowledged when it is in Redis', async (t) => {
    const ring = await openRing(t);
    const { a, b, cluster } = ring;
    const { receipts, time } = cluster.was.engine;
    const redis = openRedis(cluster.redis.url, { name: 'refuse' });
    t.after(() => redis.disconnect());
    const id = recycle(ring);
    await resultOf(ring, id);
    await receipts.saved(id);
    await redis.config('SET', 'min-replicas-to-write', '1');
    reportAll(ring, id, time.now());
    await closed(ring, id);
    assert.equal((await saved(cluster)).all[0]?.outcome, 'running');
    assert.deepEqual([(await receipts.list(10))[0]?.outcome, a.count('recycleReportReceived')], ['completed', 0]);
    await redis.config('SET', 'min-replicas-to-write', '0');
    cluster.time.advance(1_000);
    for (const adapter of [a, b]) await adapter.next('recycleReportReceived');
    assert.equal((await saved(cluster)).all[0]?.outcome, 'completed');
  });

  it('that ended and were never written are listed, written when Redis is back, and given up with the lead', async () => {
    const { receipts, refuse, written } = refusing();
    receipts.put({ ...newReceipt(ASKED, OLD, 1), outcome: 'completed' });
    assert.deepEqual(
      (await receipts.list(10)).map(({ id, outcome }) => [id, outcome]),
      [['r1', 'completed']],
    );
    refuse(false);
    receipts.retry();
    await receipts.saved('r1');
    assert.deepEqual(written, ['r1']);
    refuse(true);
    receipts.change('r1', (receipt) => ({ ...receipt, isIncomplete: true }));
    const last = assert.rejects(receipts.saved('r1'), { code: 'REDIS_UNREACHABLE' });
    receipts.stop();
    await last;
  });

  it('tell of an end that came while they were looked up', { timeout: 5_000 }, async () => {
    const { receipts } = refusing();
    receipts.put(newReceipt(ASKED, OLD, 1));
    const waiting = receipts.whenEnded('r1', 60_000);
    receipts.change('r1', (receipt) => ({ ...receipt, outcome: 'completed' }));
    assert.equal((await waiting)?.outcome, 'completed');
    receipts.stop();
  });

  it('are incomplete when the last report of an adapter does not come in time, and take it when it comes late', async (t) => {
    const ring = await openRing(t);
    const { a, b } = ring;
    const id = recycle(ring);
    await resultOf(ring, id);
    a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 2, final: true });
    await a.next('recycleReportReceived');
    assert.equal(receiptOf(ring, id).outcome, 'running');
    await ring.cluster.pass(5_000);
    assert.deepEqual([(await closed(ring, id)).outcome, receiptOf(ring, id).isIncomplete], ['completed', true]);
    b.report(id, 'shop/1', { inFlightAtHandover: 1, finished: 1, final: true });
    await b.next('recycleReportReceived');
    assert.deepEqual([receiptOf(ring, id).outcome, receiptOf(ring, id).isIncomplete], ['completed', false]);
  });

  it('of a recycle that was taken back are told after 5 s without what the old worker still answers, and take it when that ends', async (t) => {
    const ring = await openRing(t);
    const { a, b, cluster } = ring;
    b.answer = () => undefined;
    const id = recycle(ring);
    const { toWorkerId: to } = await b.next('handover');
    await until(() => receiptOf(ring, id).shares['a/1'], 10_000, 'the first answer');
    ring.away.exit(to);
    await until(() => slotOf(cluster).change?.phase === 'rolling', 10_000, 'the roll-back');
    b.answer = () => 'done';
    b.reply(await b.next('handover'), 'notReady');
    assert.equal((await resultOf(ring, id)).result, 'failed');
    await cluster.pass(5_000);
    const told = await closed(ring, id);
    assert.deepEqual([told.outcome, told.isIncomplete, sumsOf(told).finished], ['failed', true, 0]);
    await cluster.pass(25_000);
    assert.equal(slotOf(cluster).serving, ring.old);
    a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 2, final: true });
    await a.next('recycleReportReceived');
    const whole = (await saved(cluster)).all.find((receipt) => receipt.id === id)!;
    assert.deepEqual([whole.outcome, whole.isIncomplete, whole.endedAtMs], ['failed', false, told.endedAtMs]);
    assert.deepEqual([sumsOf(whole).inFlightAtHandover, sumsOf(whole).finished], [2, 2]);
  });

  it('that were closed without the last report count the requests lost that it tells of, once', async (t) => {
    const ring = await openRing(t);
    const { a, cluster } = ring;
    const { lost, crossings } = cluster.was.engine.figures;
    const id = recycle(ring);
    await resultOf(ring, id);
    a.report(id, 'shop/1', { inFlightAtHandover: 2, failed: 1, final: false });
    await until(() => receiptOf(ring, id).shares['a/1']?.failed === 1, 10_000, 'the first report');
    await cluster.pass(5_000);
    await closed(ring, id);
    assert.deepEqual(lost.samples, [{ labels: { pool: 'shop' }, value: 1 }]);
    for (const _ of ['told', 'told again']) {
      const before = a.count('recycleReportReceived');
      a.report(id, 'shop/1', { inFlightAtHandover: 2, failed: 2, final: true });
      await until(() => a.count('recycleReportReceived') > before, 10_000, 'the acknowledgement');
    }
    assert.deepEqual(lost.samples, [{ labels: { pool: 'shop' }, value: 2 }]);
    assert.equal(crossings.samples.find(({ labels }) => labels.outcome === 'failed')?.value, 2);
  });

  it('wait for no adapter that is detached', async (t) => {
    const ring = await openRing(t);
    const { a, b } = ring;
    const id = recycle(ring);
    await resultOf(ring, id);
    a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 2, final: true });
    await a.next('recycleReportReceived');
    await b.unregister();
    assert.deepEqual([(await closed(ring, id)).outcome, receiptOf(ring, id).isIncomplete], ['completed', true]);
  });

  it('of an earlier leader take a late report too', async (t) => {
    const ring = await openRing(t);
    const { a, b, cluster } = ring;
    const id = recycle(ring);
    await resultOf(ring, id);
    await cluster.pass(5_000);
    await closed(ring, id);
    await until(async () => (await saved(cluster)).all[0]?.outcome === 'completed', 10_000, 'the receipt in Redis');
    await cluster.restartWas();
    assert.equal((await saved(cluster)).receipts.length, 0);
    for (const adapter of [a, b]) await adapter.register();
    reportAll(ring, id, cluster.time.now());
    for (const adapter of [a, b]) await adapter.next('recycleReportReceived');
    assert.equal((await saved(cluster)).all[0]?.isIncomplete, false);
  });

  it('carry the traceparent of whoever traces, to hosts and adapters', async (t) => {
    const ring = await openRing(t);
    const { engine } = ring.cluster.was;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const ended: string[] = [];
    Object.assign(engine, { tracer: { begin: () => traceparent, end: ({ id }: { id: string }) => ended.push(id) } });
    for (const adapter of [ring.a, ring.b]) adapter.inFlightOn = () => 0;
    const id = recycle(ring);
    assert.equal((await ring.a.next('handover')).traceparent, traceparent);
    const start = ring.away.starts()[0]?.verb;
    assert.equal(start?.case === 'start' && start.value.traceparent, traceparent);
    assert.equal((await closed(ring, id)).traceparent, traceparent);
    assert.deepEqual(ended, [id]);
  });
});
