import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openReady, TestCluster, yamlOf } from './testing/cluster.ts';

describe('when a worker dies', () => {
  it('is replaced when work was reported, and nobody gets permission', async (t) => {
    const { adapter, host, workerId, cluster } = await openReady(t);
    adapter.load('shop', 0, 3);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.inFlight === 3, 10_000, 'the report');
    host.exit(workerId, { message: 'killed by SIGKILL' });
    const second = await host.nthStart(2);
    assert.equal(second.generation, 2);
    const gone = await adapter.next('instanceGone');
    assert.deepEqual([gone.workerId, gone.slot, gone.planned, gone.cause], [workerId, 'shop/1', false, 'APP_CRASHED']);
    await cluster.state(second.workerId, 'ready');
    assert.equal(adapter.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
    assert.equal(adapter.count('activationFailing'), 0, 'a single crash is no failing activation');
  });

  it('has its replacement ordered within 100 ms', async (t) => {
    const { adapter, host, workerId, cluster } = await openReady(t);
    adapter.load('shop', 0, 3);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.inFlight === 3, 10_000, 'the report');
    const times: number[] = [];
    let orderedAtMs = 0;
    host.onStart = () => {
      orderedAtMs = performance.now();
      return 'connect';
    };
    let last = workerId;
    // The fastest of a few: what else runs on the machine of a test is not what is asked here.
    for (let crash = 2; crash <= 4; crash++) {
      const diedAtMs = performance.now();
      host.exit(last);
      last = (await host.nthStart(crash)).workerId;
      times.push(orderedAtMs - diedAtMs);
      await cluster.state(last, 'ready');
    }
    assert.ok(Math.min(...times) < 100, `${times.map((ms) => ms.toFixed(1)).join(', ')} ms`);
  });

  it('is not replaced when there is no work: permission is given instead', async (t) => {
    const { adapter, host, workerId } = await openReady(t);
    host.exit(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    assert.equal(host.starts().length, 1);
    await adapter.open('shop', permission);
    assert.equal((await host.nthStart(2)).generation, 2);
  });

  it('is always replaced in an always-running pool', async (t) => {
    const { cluster, host, workerId, adapter } = await openReady(t, yamlOf({ pool: 'startMode: alwaysRunning' }));
    assert.equal(cluster.was.engine.cluster.workers.get(workerId)?.record.reason, 'always-running', 'nobody made a request');
    host.exit(workerId);
    assert.equal((await host.nthStart(2)).generation, 2);
    assert.equal(adapter.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
  });

  it('is killed and replaced when it does not answer pings', async (t) => {
    const { adapter, host, workerId, cluster } = await openReady(t);
    adapter.load('shop', 0, 1);
    host.obeysStop = false;
    adapter.unhealthy('shop', workerId);
    const stop = await host.stopOf(workerId);
    assert.deepEqual([stop.force, stop.cause], [true, 'WORKER_UNHEALTHY']);
    assert.equal(host.starts().length, 1, 'no second process beside one that may still live');
    host.exit(workerId, { planned: true });
    const second = await host.nthStart(2);
    await cluster.state(second.workerId, 'ready');
    const failed = (await cluster.call<{ type: string; cause: string }[]>('GET', 'events')).find(({ type }) => type === 'worker.failed');
    assert.equal(failed?.cause, 'WORKER_UNHEALTHY');
  });

  it('is killed and replaced when it says at a ping that it is not well, and operators read why', async (t) => {
    const { adapter, host, workerId, cluster } = await openReady(t);
    adapter.load('shop', 0, 1);
    host.obeysStop = false;
    host.wishUnhealthy(workerId, 'the cache is corrupt');
    const stop = await host.stopOf(workerId);
    assert.deepEqual([stop.force, stop.cause], [true, 'WORKER_UNHEALTHY']);
    host.exit(workerId, { planned: false, errorCode: 'WORKER_UNHEALTHY', message: 'it said that it is not well (the cache is corrupt)' });
    await cluster.state((await host.nthStart(2)).workerId, 'ready');
    const events = await cluster.call<{ type: string; cause: string; message: string }[]>('GET', 'events');
    assert.match(
      events.find(({ type }) => type === 'worker.killed')?.message ?? '',
      /WORKER_UNHEALTHY: it says that it is not well: the cache is corrupt$/,
    );
    assert.equal(events.find(({ type }) => type === 'worker.failed')?.cause, 'WORKER_UNHEALTHY');
    assert.equal(host.wishAnswers.at(-1)?.granted, true);
  });

  it('is left alone when it says that it is not well and pinging is off', async (t) => {
    const { host, workerId, cluster } = await openReady(t, yamlOf({ pool: 'processModel: { pingingEnabled: false }' }));
    host.wishUnhealthy(workerId, 'the cache is corrupt');
    await until(() => host.wishAnswers.length > 0, 10_000, 'the answer to the wish');
    assert.equal(host.wishAnswers[0]?.granted, false);
    assert.equal(cluster.was.engine.cluster.workers.get(workerId)?.record.state, 'ready');
  });
});

describe('when a start fails', { concurrency: 4 }, () => {
  it('is tried again after 0.2 s, 0.4 s …, adapters hear why, and hear when it works', async (t) => {
    const cluster = await TestCluster.open(t);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    let failures = 3;
    const times: number[] = [];
    host.onStart = () => {
      times.push(performance.now());
      return failures-- > 0 ? { failsWith: 'APP_THREW' } : 'connect';
    };
    await adapter.open('shop');
    const failing = await adapter.next('activationFailing');
    assert.deepEqual([failing.poolId, failing.code, failing.cause], ['shop', 'APP_THREW', 'as the script says']);
    const pools = await cluster.call<{ state: string; cause: string }[]>('GET', 'pools');
    assert.deepEqual([pools[0]?.state, pools[0]?.cause], ['failing', 'APP_THREW: as the script says']);
    const fourth = await host.nthStart(4);
    assert.equal(fourth.generation, 4);
    await cluster.state(fourth.workerId, 'ready');
    await adapter.next('activationFailing', ({ code }) => code === '');
    const waits = times.slice(1).map((time, index) => time - times[index]!);
    for (const [index, leastMs] of [200, 400, 800].entries()) {
      assert.ok(waits[index]! >= leastMs - 5, `wait ${index + 1} was ${waits[index]} ms`);
    }
    assert.equal(adapter.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
  });

  it('is given up when the work has gone, and permission is given', async (t) => {
    const cluster = await TestCluster.open(t);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    host.onStart = () => ({ failsWith: 'APP_EXITED' });
    await adapter.open('shop');
    await host.nthStart(3);
    adapter.load('shop', 0, 0);
    await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    const { length } = host.starts();
    await cluster.pass(60_000);
    await cluster.call('GET', 'status');
    assert.equal(host.starts().length, length);
  });

  it('is killed at startupTimeLimit when its host does not act', async (t) => {
    const cluster = await TestCluster.open(t, yamlOf({ pool: 'processModel: { startupTimeLimit: 1s }' }));
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    host.onStart = () => 'spawn';
    await adapter.open('shop');
    const { workerId } = await host.nthStart(1);
    await until(() => host.workers.has(workerId), 10_000, 'the process');
    await cluster.pass(3_100);
    const stop = await host.stopOf(workerId);
    assert.deepEqual([stop.force, stop.cause], [true, 'STARTUP_TIMEOUT']);
    await adapter.next('activationFailing', ({ code }) => code === 'STARTUP_TIMEOUT');
  });

  it('waits for a host when there is none, and says so', async (t) => {
    const cluster = await TestCluster.open(t);
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const failing = await adapter.next('activationFailing');
    assert.deepEqual([failing.code, failing.cause], ['NO_HOST', 'no worker host is attached']);
    const host = await cluster.host();
    const { workerId, generation } = await host.nthStart(1);
    assert.equal(generation, 1);
    await cluster.state(workerId, 'ready');
    await adapter.next('activationFailing', ({ code }) => code === '');
  });

  it('goes to another host when the first has not got the entry', async (t) => {
    const cluster = await TestCluster.open(t);
    const lacking = await cluster.host('h1', { capacity: 20 });
    const other = await cluster.host('h2', { capacity: 5 });
    lacking.onStart = () => ({ failsWith: 'ENTRY_NOT_FOUND' });
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const { generation, workerId } = await other.nthStart(1);
    assert.equal(generation, 1, 'a refusal is no failed start');
    await cluster.state(workerId, 'ready');
    assert.equal(lacking.starts().length, 1);
  });
});
