import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { TestCluster, yamlOf } from './testing/cluster.ts';
import { closed, openRing, receiptOf, recycle, reportAll, resultOf, saved, slotOf, started, stopped, story } from './testing/recycling.ts';

const YAML = yamlOf({ pool: 'recycling: { disallowOverlappingRotation: true }' });

describe('a recycle without overlap', () => {
  it('parks, drains, stops, and orders the start only when the host has reported the slot empty', async (t) => {
    const ring = await openRing(t, YAML);
    const { cluster, a, b, old, home } = ring;
    home.obeysStop = false;
    const id = recycle(ring);
    for (const adapter of [a, b]) {
      const handover = await adapter.next('handover');
      assert.deepEqual([handover.recycleId, handover.fromWorkerId, handover.toWorkerId, handover.onlyIfIdle], [id, old, '', false]);
    }
    assert.deepEqual([(await home.stopOf(old)).successorWorkerId, (await home.stopOf(old)).cause], ['', 'recycle']);
    const { serving, changes } = await saved(cluster);
    assert.deepEqual([serving.get('shop/1'), changes.get('shop/1')?.isCommitted, changes.get('shop/1')?.inFlight], [undefined, true, 3]);
    for (const adapter of [a, b]) adapter.load('shop', 2, 0);
    await until(() => cluster.was.engine.attachedChannels('shop').every(({ parked }) => parked === 2), 10_000, 'the reports');
    await cluster.pass(3_000);
    assert.equal(
      ring.hosts.reduce((sum, host) => sum + host.starts().length, 0),
      1,
      'work is parked and nobody starts',
    );
    assert.equal(a.count('applicationPoolCanOpenNewListenerChannelInstance'), 0, 'nor is anybody asked to open');
    home.exit(old, { planned: true });
    const { workerId, host } = await started(ring, 2);
    const start = host.starts().at(-1)?.verb;
    assert.equal(start?.case === 'start' && start.value.role, 'activation');
    assert.equal(start?.case === 'start' && start.value.noOverlap, true);
    reportAll(ring, id, cluster.time.now());
    const receipt = await closed(ring, id);
    assert.deepEqual([receipt.outcome, receipt.newWorker, receipt.newGeneration, receipt.isIncomplete], ['completed', workerId, 2, false]);
    assert.equal(receipt.newHost, host.id);
    assert.deepEqual(
      receipt.phases.map(({ name }) => name),
      ['handover', 'draining', 'stopping', 'placing', 'starting', 'connecting'],
    );
    await cluster.state(workerId, 'ready');
    assert.deepEqual((await story(ring)).slice(-5), [
      `recycle.begun ${old}>`,
      `handover.done a/1 ${old}>`,
      `handover.done b/1 ${old}>`,
      `recycle.committed ${old}>`,
      `recycle.completed ${old}>${workerId}`,
    ]);
  });

  it('fails with the cause when the next start fails, and the ordinary retry goes on', async (t) => {
    const ring = await openRing(t, YAML);
    for (const host of ring.hosts) host.onStart = () => ({ failsWith: 'APP_THREW' });
    for (const adapter of [ring.a, ring.b]) adapter.load('shop', 1, 0);
    const id = recycle(ring);
    const receipt = await resultOf(ring, id);
    assert.deepEqual(
      [receipt.result, receipt.failure, receipt.newWorker],
      ['failed', 'the next worker died: APP_THREW: as the script says', 'w2'],
    );
    for (const host of ring.hosts) host.onStart = () => 'connect';
    await until(
      () => ring.cluster.was.engine.cluster.workers.get(slotOf(ring.cluster).serving)?.record.state === 'ready',
      10_000,
      'the retry',
    );
  });

  it('is completed by the next leader once the next worker is ready, not before', async (t) => {
    const ring = await openRing(t, YAML);
    for (const host of ring.hosts) host.onStart = () => 'spawn';
    const id = recycle(ring);
    const { workerId } = await started(ring, 2);
    await ring.cluster.pass(2_000);
    assert.equal(receiptOf(ring, id).result, undefined);
    await ring.cluster.restartWas();
    for (const one of ring.hosts) await one.attach();
    for (const adapter of [ring.a, ring.b]) await adapter.register();
    const receipt = await resultOf(ring, id);
    assert.deepEqual([receipt.result, receipt.newWorker], ['completed', workerId]);
  });

  it('starts nobody for an Open that was on its way', async (t) => {
    const ring = await openRing(t, YAML);
    const { home, old } = ring;
    home.obeysStop = false;
    recycle(ring);
    await home.stopOf(old);
    const late = await ring.cluster.adapter('late');
    await late.open('shop');
    await ring.cluster.pass(2_000);
    assert.equal(
      ring.hosts.reduce((sum, host) => sum + host.starts().length, 0),
      1,
    );
    assert.equal(late.count('handover'), 0, 'Handover goes to nobody');
    home.exit(old, { planned: true });
    assert.equal((await started(ring, 2)).generation, 2);
  });

  it('is off when the worker dies before the commit: an ordinary crash', async (t) => {
    const ring = await openRing(t, YAML);
    const { b, home, old, cluster } = ring;
    b.answer = () => undefined;
    b.load('shop', 1, 0);
    await until(() => cluster.was.engine.attachedChannels('shop').some(({ parked }) => parked === 1), 10_000, 'the report');
    const id = recycle(ring);
    await b.next('handover');
    home.exit(old);
    assert.equal((await resultOf(ring, id)).failure, 'the worker died: APP_CRASHED: killed by SIGKILL');
    assert.equal((await started(ring, 2)).generation, 2);
  });

  for (const isCommitted of [false, true]) {
    it(`of a leader that is killed is ${isCommitted ? 'finished: it was committed' : 'rolled back: it was not committed'}`, async (t) => {
      const ring = await openRing(t, YAML);
      const { cluster, a, b, home, old } = ring;
      home.obeysStop = false;
      if (!isCommitted) b.answer = () => undefined;
      const id = recycle(ring);
      if (isCommitted) await home.stopOf(old);
      else await until(() => slotOf(cluster).seats.get('a/1')?.who === '', 10_000, 'the first answer');
      await cluster.restartWas();
      b.answer = () => 'done';
      for (const host of ring.hosts) await host.attach();
      for (const adapter of [a, b]) await adapter.register();
      if (!isCommitted) {
        assert.equal((await resultOf(ring, id)).failure, 'another leader has taken over');
        await a.next('handover', ({ toWorkerId }) => toWorkerId === old);
        assert.deepEqual([slotOf(cluster).serving, stopped(ring.hosts)], [old, []]);
        return;
      }
      await cluster.pass(2_000);
      assert.equal(
        ring.hosts.reduce((sum, host) => sum + host.starts().length, 0),
        1,
      );
      home.exit(old, { planned: true });
      const { workerId } = await started(ring, 2);
      assert.deepEqual([(await resultOf(ring, id)).result, receiptOf(ring, id).newWorker], ['completed', workerId]);
    });
  }
});

describe('a pool without overlap', () => {
  it('orders the start for an Open only when the worker that idled out has ended', async (t) => {
    const cluster = await TestCluster.open(t, YAML);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const { workerId } = await host.nthStart(1);
    await cluster.state(workerId, 'ready');
    host.obeysStop = false;
    host.wishIdle(workerId);
    await host.stopOf(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await adapter.open('shop', permission);
    await until(() => slotOf(cluster).serving === 'w2', 10_000, 'the decision');
    await cluster.pass(2_000);
    assert.equal(host.starts().length, 1);
    host.exit(workerId, { planned: true });
    assert.equal((await host.nthStart(2)).generation, 2);
  });
});
