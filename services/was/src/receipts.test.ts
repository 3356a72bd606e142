import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { closed, openRing, receiptOf, recycle, reportAll, resultOf, saved } from './testing/recycling.ts';

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
