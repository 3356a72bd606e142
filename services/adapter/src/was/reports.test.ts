import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSession, handover, poolCreated, recycleReportReceived } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import type { listener } from '@baton/proto';
import { type PlayedStage, setUp } from '../testing/played-stage.ts';
import { SHOP } from '../testing/stage.ts';

describe('reports', () => {
  it('tell figures that changed, at most once a second', async () => {
    await using t = await setUp();
    await t.get();
    const first = await t.was.nth('loadReport');
    const at = Date.now();
    const load = first.pools[0]!;
    assert.deepEqual([load.poolId, load.channelId, load.parked, load.inFlight, load.requestsTotal], ['shop', 1, 1, 0, 1]);
    const worker = t.connect();
    (await worker.request()).answer();
    const second = await t.was.nth('loadReport', 2);
    assert.ok(Date.now() - at > 800, `${Date.now() - at} ms after the first`);
    assert.deepEqual([second.pools[0]!.parked, second.pools[0]!.inFlight], [0, 0]);
  });

  it('tell a worker that does not answer a ping in time, once', async () => {
    await using t = await setUp({ configuration: [poolCreated('shop', { pingIntervalMs: 50 }), SHOP[1]] });
    const worker = t.connect();
    t.service.adapter.watch(worker);
    const unhealthy = await t.was.nth('instanceUnhealthy');
    assert.deepEqual([unhealthy.poolId, unhealthy.channelId, unhealthy.workerId], ['shop', 1, 'w1']);
    assert.match(unhealthy.reason, /within 100 ms/);
    assert.equal(worker.pings.length, 1);
  });
});

describe('reports of recycles', () => {
  const figures = ({ inFlightAtHandover, finished, moved, replayed, failed, final }: listener.RecycleReport) => [
    inFlightAtHandover,
    finished,
    moved,
    replayed,
    failed,
    final,
  ];
  /** Recycle r1 from w1, with so many requests in flight, to w2. */
  const recycle = async (t: PlayedStage, inFlight: number): Promise<FakeSession> => {
    const old = t.connect();
    for (let n = 1; n <= inFlight; n++) {
      await t.get();
      await old.request(n);
    }
    t.connect(new FakeSession({ generation: 2, role: 'replacement:r1' }));
    t.was.send(handover({}));
    return old;
  };

  it('are final at once when nothing was in flight, and come behind the answer', async () => {
    await using t = await setUp();
    await recycle(t, 0);
    const report = await t.was.nth('recycleReport');
    assert.deepEqual([report.recycleId, report.poolId, report.channelId, report.slot], ['r1', 'shop', 1, 'shop/1']);
    assert.deepEqual([...figures(report), report.lastEndedAtMs], [0, 0, 0, 0, 0, true, 0]);
    const kinds = t.was.heard.map((message) => message.case).filter((kind) => kind === 'handoverAnswer' || kind === 'recycleReport');
    assert.deepEqual(kinds, ['handoverAnswer', 'recycleReport']);
  });

  it('begin when something ends late, come each second at most, and are final when all have ended', async () => {
    await using t = await setUp();
    const old = await recycle(t, 3);
    assert.equal((await t.was.nth('handoverAnswer')).answer.value?.$typeName, 'baton.listener.v1.HandoverDone');
    old.streams[0]!.answer();
    assert.deepEqual(figures(await t.was.nth('recycleReport')), [3, 1, 0, 0, 0, false]);
    const at = Date.now();
    old.streams[1]!.sendReset('APP_ABORTED');
    assert.deepEqual(figures(await t.was.nth('recycleReport', 2)), [3, 1, 0, 0, 1, false]);
    assert.ok(Date.now() - at > 800, `${Date.now() - at} ms after the first`);
    old.streams[2]!.answer();
    const last = await t.was.nth('recycleReport', 3);
    assert.deepEqual(figures(last), [3, 2, 0, 0, 1, true]);
    assert.ok(Math.abs(last.lastEndedAtMs - Date.now()) < 1_000, `${last.lastEndedAtMs}`);
  });

  it('are kept while the stream is down, and the last one until it was received', async () => {
    await using t = await setUp();
    const old = await recycle(t, 2);
    await t.was.nth('handoverAnswer');
    t.was.down();
    await until(() => !t.service.was.isConnected);
    for (const stream of old.streams) stream.answer();
    await t.was.up();
    assert.deepEqual(figures(await t.was.nth('recycleReport')), [2, 2, 0, 0, 0, true]);
    t.was.down();
    await t.was.up();
    assert.deepEqual(figures(await t.was.nth('recycleReport', 2)), [2, 2, 0, 0, 0, true]);
    t.was.send(recycleReportReceived('r1'));
    t.was.send(poolCreated('marker'));
    await until(() => t.service.adapter.pools.has('marker'));
    t.was.down();
    await t.was.up();
    await until(() => t.service.was.isConnected);
    await t.was.nth('register', 4);
    t.was.send(handover({ recycleId: 'r2', toWorkerId: 'w3' }));
    await t.was.nth('handoverAnswer', 2);
    assert.equal(t.was.all('recycleReport').length, 2);
  });

  it('tell once more how long a request waited that was parked behind the last word', async () => {
    await using t = await setUp();
    t.connect();
    t.was.send(handover({ toWorkerId: '' }));
    assert.equal((await t.was.nth('recycleReport')).longestHoldMs, 0);
    t.was.send(recycleReportReceived('r1'));
    const client = await t.get();
    await until(() => t.service.adapter.pools.get('shop')!.place.parked.size === 1);
    const next = t.connect(new FakeSession({ generation: 2 }));
    (await next.request()).answer();
    await client.until(/ok$/);
    const report = await t.was.nth('recycleReport', 2);
    assert.ok(report.final && report.longestHoldMs > 0, `${report.longestHoldMs}`);
  });
});
