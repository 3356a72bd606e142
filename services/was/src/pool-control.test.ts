import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openReady, TestCluster, yamlOf } from './testing/cluster.ts';

interface Pool {
  name: string;
  state: string;
  cause: string;
  workers: number;
  maxProcesses: number;
}

describe('a pool that is stopped', () => {
  it('refuses at the adapters, hands its worker over to nobody, then stops it', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const { pool } = await cluster.call<{ pool: Pool }>('POST', 'pools/shop/stop');
    assert.deepEqual([pool.name, pool.state, pool.cause], ['shop', 'stopped', 'admin']);
    const changed = await adapter.next('applicationPoolStateChanged');
    assert.deepEqual([changed.poolId, changed.enabled, changed.cause], ['shop', false, 'admin']);
    const handover = await adapter.next('handover');
    assert.deepEqual([handover.fromWorkerId, handover.toWorkerId, handover.onlyIfIdle], [workerId, '', false]);
    assert.equal((await host.stopOf(workerId)).cause, 'admin');
    await cluster.gone(workerId);
    assert.equal(adapter.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
    const events = await cluster.call<{ type: string }[]>('GET', 'events?pool=shop');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['worker.starting', 'worker.ready', 'pool.stopped', 'handover.done', 'worker.stopping', 'worker.exited'],
    );
  });

  it('starts nothing for an Open, stays stopped over a restart of WAS, and gives permission when it is started', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    await cluster.call('POST', 'pools/shop/stop');
    await cluster.gone(workerId);
    adapter.eligible.clear();
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    assert.equal(adapter.all('applicationPoolCreated').at(-1)?.enabled, false);
    await assert.rejects(adapter.open('shop', 9));
    assert.equal((await cluster.call<Pool>('GET', 'pools/shop')).state, 'stopped');
    await cluster.call('POST', 'pools/shop/start');
    await adapter.next('applicationPoolStateChanged', ({ enabled }) => enabled);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await adapter.open('shop', permission);
    assert.equal((await host.nthStart(2)).generation, 2);
  });

  it('stops a worker that is still starting', async (t) => {
    const cluster = await TestCluster.open(t);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    host.onStart = () => 'spawn';
    await adapter.open('shop');
    const { workerId } = await host.nthStart(1);
    await cluster.call('POST', 'pools/shop/stop');
    await host.stopOf(workerId);
    await cluster.gone(workerId);
  });

  it('is stopped from the start when autoStart is false', async (t) => {
    const cluster = await TestCluster.open(t, yamlOf({ pool: 'autoStart: false' }));
    const adapter = await cluster.adapter('a');
    assert.equal(adapter.all('applicationPoolCreated')[0]?.enabled, false);
    assert.equal((await cluster.call<Pool>('GET', 'pools/shop')).cause, 'autoStart is false');
  });
});

describe('a pool that always runs', () => {
  it('gets its worker as soon as an adapter has opened its channel, in every slot', async (t) => {
    const cluster = await TestCluster.open(t, yamlOf({ pool: 'startMode: alwaysRunning, processModel: { maxProcesses: 2 }' }));
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    assert.equal(adapter.all('applicationPoolCreated')[0]?.settings?.startMode, 'alwaysRunning');
    await adapter.open('shop');
    const slots = [await host.nthStart(1), await host.nthStart(2)].map(({ slot }) => slot).sort();
    assert.deepEqual(slots, ['shop/1', 'shop/2']);
  });
});

describe('a pool with several slots', () => {
  it('gets one more worker when there is more work than workers, up to maxProcesses, and places it where there is most room', async (t) => {
    const cluster = await TestCluster.open(t, yamlOf({ pool: 'processModel: { maxProcesses: 3 }' }));
    const [small, big] = [await cluster.host('h1', { capacity: 4 }), await cluster.host('h2', { capacity: 5 })];
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const first = await big.nthStart(1);
    await cluster.state(first.workerId, 'ready');
    adapter.load('shop', 0, 1);
    adapter.load('shop', 0, 2);
    const second = await small.nthStart(1);
    assert.equal(second.slot, 'shop/2');
    await cluster.state(second.workerId, 'ready');
    adapter.load('shop', 5, 2);
    const third = await big.nthStart(2);
    await cluster.state(third.workerId, 'ready');
    adapter.load('shop', 9, 9);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 9, 10_000, 'the report');
    assert.equal(big.starts().length + small.starts().length, 3);
  });

  it('gives permission only when nobody serves any slot', async (t) => {
    const cluster = await TestCluster.open(t, yamlOf({ pool: 'processModel: { maxProcesses: 2 }' }));
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const first = await host.nthStart(1);
    await cluster.state(first.workerId, 'ready');
    adapter.load('shop', 0, 2);
    const second = await host.nthStart(2);
    await cluster.state(second.workerId, 'ready');
    adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.inFlight === 0, 10_000, 'the report');
    host.exit(first.workerId);
    await cluster.gone(first.workerId);
    assert.equal(adapter.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
    host.exit(second.workerId);
    await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
  });

  it('stops the worker of a slot that maxProcesses no longer allows', async (t) => {
    const cluster = await TestCluster.open(t, yamlOf({ pool: 'startMode: alwaysRunning, processModel: { maxProcesses: 2 }' }));
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const starts = [await host.nthStart(1), await host.nthStart(2)];
    for (const { workerId } of starts) await cluster.state(workerId, 'ready');
    await cluster.apply(yamlOf({ pool: 'startMode: alwaysRunning, processModel: { maxProcesses: 1 }' }));
    const surplus = starts.find(({ slot }) => slot === 'shop/2');
    await host.stopOf(surplus?.workerId ?? '');
    await cluster.gone(surplus?.workerId ?? '');
    assert.equal((await cluster.call<unknown[]>('GET', 'workers')).length, 1);
  });
});

describe('a host that is lost', () => {
  it('has its workers placed elsewhere after 5 s; the surplus one is stopped when it comes back', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const other = await cluster.host('h2');
    host.drop();
    await cluster.pass(4_000);
    assert.equal(other.starts().length, 0);
    await cluster.pass(2_000);
    const second = await other.nthStart(1);
    assert.equal(second.generation, 2);
    await cluster.state(second.workerId, 'ready');
    assert.equal(adapter.count('instanceGone'), 0, 'a lost host is no death');
    assert.equal((await cluster.call<{ id: string; state: string }[]>('GET', 'hosts')).find(({ id }) => id === 'h1')?.state, 'lost');
    adapter.eligible.set('shop/1', { workerId: second.workerId, generation: 2 });
    await host.attach();
    const stop = await host.stopOf(workerId);
    assert.deepEqual([stop.cause, stop.successorWorkerId], ['surplus', second.workerId]);
    await cluster.gone(workerId);
    await cluster.state(second.workerId, 'ready');
  });

  it('that only reconnects keeps its workers as they are', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    host.drop();
    await until(() => cluster.was.engine.cluster.hosts.get('h1')?.isConnected === false, 10_000, 'the loss');
    await host.attach();
    await cluster.pass(6_000);
    await cluster.state(workerId, 'ready');
    assert.equal(host.starts().length, 1);
  });

  it('that restarted without its worker has it replaced at once', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    host.drop();
    host.workers.delete(workerId);
    await host.attach();
    const second = await host.nthStart(2);
    assert.equal(second.generation, 2);
    await cluster.state(second.workerId, 'ready');
  });

  it('that shuts down takes no further start', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const other = await cluster.host('h2', { capacity: 1 });
    host.refuse('shop.1-1-start-1-1', 'stopping');
    host.exit(workerId, { planned: true });
    await cluster.gone(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await adapter.open('shop', permission);
    await other.nthStart(1);
  });
});
