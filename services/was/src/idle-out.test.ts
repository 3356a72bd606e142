import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openRedis, Store } from '@baton/store';
import { openReady, type TestCluster, yamlOf } from './testing/cluster.ts';
import type { ScriptedHost } from './testing/scripted-host.ts';

const answered = (host: ScriptedHost, granted: boolean) =>
  until(() => host.wishAnswers.find((answer) => answer.granted === granted), 10_000, `an answer ${granted}`);

async function saved(cluster: TestCluster) {
  const redis = openRedis(cluster.redis.url, { name: 'look' });
  try {
    return await new Store(redis, cluster.clusterId).load();
  } finally {
    redis.disconnect();
  }
}

/** A second adapter whose channel the worker is connected on. */
async function addAdapter(cluster: TestCluster, host: ScriptedHost, workerId: string) {
  const adapter = await cluster.adapter('b');
  await adapter.open('shop');
  await until(() => host.workers.get(workerId)?.connected.length === 2, 10_000, 'the second connection');
  adapter.load('shop', 0, 0);
  await until(() => cluster.was.engine.cluster.channels.get('b/1')?.parked === 0, 10_000, 'the report');
  // A channel that was opened beside a running worker is told whom to use.
  const seat = () => cluster.was.engine.cluster.pools.get('shop')?.slots.get('shop/1')?.seats.get('b/1');
  await until(() => seat()?.who === workerId && !seat()?.ask, 10_000, 'the hand-over to the new channel');
  return adapter;
}

describe('an idle-out', () => {
  it('goes through Handover at every attached adapter, is committed, and gives permission again', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const other = await addAdapter(cluster, host, workerId);
    host.obeysStop = false;
    host.wishIdle(workerId);
    for (const one of [adapter, other]) {
      const handover = await one.next('handover', ({ onlyIfIdle }) => onlyIfIdle);
      assert.deepEqual([handover.slot, handover.fromWorkerId, handover.toWorkerId], ['shop/1', workerId, '']);
    }
    const stop = await host.stopOf(workerId);
    assert.deepEqual([stop.cause, stop.force, stop.successorWorkerId], ['idle', false, '']);
    await answered(host, true);
    const { serving, changes } = await saved(cluster);
    assert.deepEqual([serving.get('shop/1'), changes.get('shop/1')?.isCommitted], [undefined, true]);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await other.next('applicationPoolCanOpenNewListenerChannelInstance');
    host.exit(workerId, { planned: true });
    await cluster.gone(workerId);
    await until(async () => (await saved(cluster)).changes.size === 0, 10_000, 'the end of the change');
    const gone = await adapter.next('instanceGone');
    assert.deepEqual([gone.workerId, gone.planned], [workerId, true]);
    await adapter.open('shop', permission);
    assert.equal((await host.nthStart(2)).generation, 2);
  });

  it('starts the next worker for an Open that comes while the old one is still stopping', async (t) => {
    const { host, adapter, workerId } = await openReady(t);
    host.obeysStop = false;
    host.wishIdle(workerId);
    await host.stopOf(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await adapter.open('shop', permission);
    const second = await host.nthStart(2);
    assert.deepEqual([second.generation, host.workers.has(workerId)], [2, true]);
  });

  it('is off when one adapter is busy, and the one that had done it gets its worker back', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const other = await addAdapter(cluster, host, workerId);
    other.answer = ({ onlyIfIdle }) => (onlyIfIdle ? 'busy' : 'done');
    host.wishIdle(workerId);
    const answer = await answered(host, false);
    assert.match(answer.reason, /channel b\/1 has work/);
    const back = await adapter.next('handover', ({ toWorkerId }) => toWorkerId === workerId);
    assert.deepEqual([back.fromWorkerId, back.onlyIfIdle], ['', false]);
    await until(async () => (await saved(cluster)).changes.size === 0, 10_000, 'the end of the change');
    assert.equal(cluster.was.engine.cluster.workers.get(workerId)?.record.state, 'ready');
    assert.equal(
      host.orders.some(({ verb }) => verb.case === 'stop'),
      false,
    );
    assert.equal(adapter.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
  });

  it('is off when an adapter does not answer; that adapter has to register anew', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    adapter.answer = () => undefined;
    host.wishIdle(workerId);
    await adapter.next('handover');
    await cluster.pass(11_000);
    assert.match((await answered(host, false)).reason, /not done within/);
    await cluster.pass(6_000);
    await until(() => !cluster.isAttached('a'), 10_000, 'the end of the stream');
    adapter.answer = () => 'done';
    await adapter.register();
    host.wishIdle(workerId);
    await host.stopOf(workerId);
  });

  it('may be wished again after it was off', async (t) => {
    const { host, adapter, workerId } = await openReady(t);
    adapter.answer = ({ onlyIfIdle }) => (onlyIfIdle ? 'busy' : 'done');
    host.wishIdle(workerId);
    await answered(host, false);
    adapter.answer = () => 'done';
    host.wishIdle(workerId);
    await host.stopOf(workerId);
  });

  it('is off when an adapter of the wish detaches in the middle', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const other = await addAdapter(cluster, host, workerId);
    other.answer = () => undefined;
    host.wishIdle(workerId);
    await other.next('handover', ({ onlyIfIdle }) => onlyIfIdle);
    other.drop();
    const answer = await answered(host, false);
    assert.match(answer.reason, /channel b\/1 is not attached/);
    await cluster.pass(5_000);
    await adapter.next('handover', ({ toWorkerId }) => toWorkerId === workerId);
    assert.equal(
      host.orders.some(({ verb }) => verb.case === 'stop'),
      false,
    );
  });

  it('does not begin while a channel the worker names is not attached', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const other = await addAdapter(cluster, host, workerId);
    other.drop();
    await until(() => !cluster.isAttached('b'), 10_000, 'the loss');
    await cluster.pass(5_000);
    host.wishIdle(workerId);
    assert.match((await answered(host, false)).reason, /channel b\/1 is not attached/);
    assert.equal(adapter.count('handover'), 0);
  });

  it('moves back an adapter that reports, when it registers again, that it had moved', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    adapter.answer = () => undefined;
    host.wishIdle(workerId);
    const handover = await adapter.next('handover');
    adapter.eligible.delete(handover.slot);
    adapter.drop();
    await answered(host, false);
    adapter.answer = () => 'done';
    await adapter.register();
    const back = await adapter.next('handover', ({ toWorkerId }) => toWorkerId === workerId);
    assert.equal(back.onlyIfIdle, false);
    assert.equal(cluster.was.engine.cluster.workers.get(workerId)?.record.state, 'ready');
  });

  it('is an ordinary crash when the worker dies before the commit', async (t) => {
    const { host, adapter, workerId } = await openReady(t);
    adapter.answer = () => undefined;
    host.wishIdle(workerId);
    const handover = await adapter.next('handover');
    host.exit(workerId);
    await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    adapter.reply(handover, 'done');
    assert.equal(host.starts().length, 1);
  });

  it('of an always-running pool is followed by the next worker', async (t) => {
    const { host, workerId } = await openReady(t, yamlOf({ pool: 'startMode: alwaysRunning' }));
    host.wishIdle(workerId);
    await host.stopOf(workerId);
    assert.equal((await host.nthStart(2)).generation, 2);
  });

  it('is the only wish this release grants', async (t) => {
    const { host } = await openReady(t);
    host.wishIdle('w999');
    assert.match((await answered(host, false)).reason, /does not know/);
  });
});
