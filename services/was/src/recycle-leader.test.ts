import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import type { Engine } from './reconcile/engine.ts';
import { yamlOf } from './testing/cluster.ts';
import {
  closed,
  openRing,
  type Ring,
  receiptOf,
  recycle,
  reportAll,
  resultOf,
  saved,
  slotOf,
  started,
  stopped,
} from './testing/recycling.ts';

/** Everybody comes back to the new leader. */
async function comeBack({ hosts, a, b }: Ring): Promise<void> {
  for (const host of hosts) await host.attach();
  for (const adapter of [a, b]) await adapter.register();
}

const starts = ({ hosts }: Ring) => hosts.reduce((sum, host) => sum + host.starts().length, 0);

/** The recycle was not committed: the old worker goes on everywhere, and nothing is started. */
async function isRolledBack(ring: Ring, id: string): Promise<void> {
  const { cluster, old } = ring;
  const receipt = await resultOf(ring, id);
  assert.deepEqual([receipt.result, receipt.failure], ['failed', 'another leader has taken over']);
  assert.equal(slotOf(cluster).serving, old);
  await until(() => ['a/1', 'b/1'].every((ref) => slotOf(cluster).seats.get(ref)?.who === old), 10_000, 'both seats');
  await until(() => [...cluster.was.engine.cluster.workers.keys()].join() === old, 10_000, 'the end of the replacement');
  assert.ok(!stopped(ring.hosts).includes(old), 'the serving worker is never told to stop');
  assert.equal((await saved(cluster)).changes.size, 0);
}

describe('the leader is killed', { concurrency: 4 }, () => {
  it('when a recycle was asked for and waits for its turn: it begins', async (t) => {
    const ring = await openRing(t);
    const { cluster, hosts } = ring;
    await until(async () => (await saved(cluster)).workers.length === 1, 10_000, 'the worker');
    // The serving worker is not ready as far as the leader knows, so that the recycle waits.
    const { engine } = cluster.was;
    const worker = engine.cluster.workers.get(ring.old)!;
    worker.record = { ...worker.record, state: 'connecting' };
    worker.view = { ...worker.view, connected: new Set() };
    const id = recycle(ring);
    await until(async () => (await saved(cluster)).receipts.some((receipt) => receipt.id === id), 10_000, 'the receipt in Redis');
    assert.equal(hosts[0].starts().length + hosts[1].starts().length, 1);
    await cluster.restartWas();
    await comeBack(ring);
    assert.equal((await resultOf(ring, id)).result, 'completed');
  });

  it('while the replacement is placed: rolled back', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'processModel: { startupTimeLimit: 60s }' }));
    const { cluster, hosts } = ring;
    for (const host of hosts) host.drop();
    await until(() => hosts.every(({ id }) => !cluster.was.engine.hosts.has(id)), 10_000, 'the loss');
    const id = recycle(ring);
    await until(() => slotOf(cluster).change, 10_000, 'the change');
    await cluster.restartWas();
    await comeBack(ring);
    await isRolledBack(ring, id);
    assert.equal(starts(ring), 1);
  });

  for (const [phase, script] of [
    ['starting', 'nothing'],
    ['connecting', 'spawn'],
  ] as const) {
    it(`while the replacement is ${phase}: rolled back`, async (t) => {
      const ring = await openRing(t);
      ring.away.onStart = () => script;
      const id = recycle(ring);
      const { workerId } = await started(ring, 2);
      if (phase === 'connecting') {
        ring.away.report(workerId, 2);
        await ring.cluster.state(workerId, 'connecting');
      }
      await ring.cluster.restartWas();
      await comeBack(ring);
      await isRolledBack(ring, id);
      assert.equal(starts(ring), 2);
    });
  }

  it('between the first and the last answer: rolled back at whoever had done it', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, old } = ring;
    b.answer = () => undefined;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await b.next('handover');
    await until(() => slotOf(cluster).seats.get('a/1')?.who === to, 10_000, 'the first answer');
    await cluster.restartWas();
    b.answer = () => 'done';
    await comeBack(ring);
    const back = await a.next('handover', ({ toWorkerId }) => toWorkerId === old);
    assert.deepEqual([back.recycleId, back.fromWorkerId], [id, to]);
    await isRolledBack(ring, id);
    assert.equal(starts(ring), 2);
  });

  it('before the commit, with the old worker dead and the replacement alive: it goes on', async (t) => {
    const ring = await openRing(t);
    const { cluster, b, home, old } = ring;
    b.answer = () => undefined;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await b.next('handover');
    await until(() => slotOf(cluster).seats.get('a/1')?.who === to, 10_000, 'the first answer');
    await cluster.restartWas();
    b.answer = () => 'done';
    home.exit(old);
    await comeBack(ring);
    assert.equal((await resultOf(ring, id)).result, 'completed');
    assert.deepEqual([slotOf(cluster).serving, starts(ring)], [to, 2]);
  });

  it('before the commit, with both dead: failed, and an ordinary crash', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, home, away, old } = ring;
    b.answer = () => undefined;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await b.next('handover');
    await cluster.restartWas();
    home.exit(old);
    away.exit(to);
    await comeBack(ring);
    assert.equal((await resultOf(ring, id)).failure, 'another leader has taken over');
    const { permission } = await a.next('applicationPoolCanOpenNewListenerChannelInstance');
    assert.equal(starts(ring), 2);
    await a.open('shop', permission);
    assert.equal((await started(ring, 3)).generation, 3);
  });

  it('while it rolls back: the next one ends that', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, away, old } = ring;
    b.answer = () => 'notReady';
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await until(() => slotOf(cluster).seats.get('a/1')?.who === to, 10_000, 'the first answer');
    a.answer = () => undefined;
    away.exit(to);
    await a.next('handover', ({ toWorkerId }) => toWorkerId === old);
    await cluster.restartWas();
    for (const adapter of [a, b]) adapter.answer = () => 'done';
    await comeBack(ring);
    await isRolledBack(ring, id);
  });

  it('after the commit and before the stop was entered: finished', async (t) => {
    const ring = await openRing(t);
    const { cluster, home, old } = ring;
    home.obeysStop = false;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await until(() => slotOf(cluster).change?.phase === 'finishing', 10_000, 'the commit');
    await cluster.restartWas();
    await comeBack(ring);
    assert.equal((await home.stopOf(old)).successorWorkerId, to);
    home.exit(old, { planned: true });
    assert.equal((await resultOf(ring, id)).result, 'completed');
    assert.deepEqual([slotOf(cluster).serving, starts(ring)], [to, 2]);
  });

  it('while the old worker drains: finished, with one receipt', async (t) => {
    const ring = await openRing(t);
    const { cluster, home, old } = ring;
    home.obeysStop = false;
    const id = recycle(ring);
    await home.stopOf(old);
    await until(async () => (await saved(cluster)).receipts[0]?.shares['b/1'], 10_000, 'the shares in Redis');
    await cluster.restartWas();
    await comeBack(ring);
    home.exit(old, { planned: true });
    await resultOf(ring, id);
    reportAll(ring, id, cluster.time.now());
    const receipt = await closed(ring, id);
    assert.deepEqual(
      [receipt.outcome, receipt.isIncomplete, receipt.shares['a/1']?.finished, receipt.shares['b/1']?.finished],
      ['completed', false, 2, 1],
    );
    assert.deepEqual(
      receipt.phases.map(({ name }) => name),
      ['placing', 'starting', 'connecting', 'handover', 'draining', 'stopping'],
    );
  });

  for (const isReported of [false, true]) {
    it(`when the change has ended and nothing else is known of it${isReported ? ' but a last report' : ''}: completed`, async (t) => {
      const ring = await openRing(t);
      const { cluster, home, old, a } = ring;
      const { engine } = cluster.was;
      home.obeysStop = false;
      const id = recycle(ring);
      await home.stopOf(old);
      // Killed here: nothing after the write that ends the change.
      const { fenced } = engine;
      const killed: Engine['fenced'] = async (write) => {
        const answer = await fenced(write);
        if ((await saved(cluster)).changes.size === 0) await new Promise(() => {});
        return answer;
      };
      Object.assign(engine, { fenced: killed });
      home.exit(old, { planned: true });
      await until(async () => (await saved(cluster)).changes.size === 0, 10_000, 'the end of the change');
      assert.equal(receiptOf(ring, id).result, undefined);
      assert.equal((await saved(cluster)).receipts[0]?.result, 'completed');
      if (isReported) {
        a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 2, lastEndedAtMs: cluster.time.now(), final: true });
        await a.next('recycleReportReceived');
      }
      await cluster.restartWas();
      await comeBack(ring);
      assert.equal((await resultOf(ring, id)).result, 'completed');
      reportAll(ring, id, cluster.time.now());
      assert.deepEqual([(await closed(ring, id)).outcome, receiptOf(ring, id).isIncomplete], ['completed', false]);
    });
  }

  it('while the last reports are on their way: the next one waits for them', async (t) => {
    const ring = await openRing(t);
    const { cluster } = ring;
    const id = recycle(ring);
    await resultOf(ring, id);
    assert.equal(receiptOf(ring, id).outcome, 'running');
    await until(async () => (await saved(cluster)).receipts[0]?.result, 10_000, 'the result in Redis');
    await cluster.restartWas();
    await comeBack(ring);
    assert.equal(receiptOf(ring, id).outcome, 'running');
    reportAll(ring, id, cluster.time.now());
    assert.deepEqual([(await closed(ring, id)).outcome, receiptOf(ring, id).isIncomplete], ['completed', false]);
  });

  it('with changed settings still to follow: they follow under the next one', async (t) => {
    const ring = await openRing(t);
    const { cluster, home, old } = ring;
    home.obeysStop = false;
    const first = recycle(ring);
    await home.stopOf(old);
    const second = recycle(ring, { cause: 'configChange' });
    await until(async () => (await saved(cluster)).receipts.length === 2, 10_000, 'both receipts in Redis');
    await cluster.restartWas();
    await comeBack(ring);
    home.obeysStop = true;
    home.exit(old, { planned: true });
    await resultOf(ring, first);
    assert.deepEqual([(await resultOf(ring, second)).result, receiptOf(ring, second).newGeneration], ['completed', 3]);
  });
});
