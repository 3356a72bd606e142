import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openRedis, Store } from '@baton/store';
import { openReady, TestCluster, yamlOf } from './testing/cluster.ts';

describe('a WAS that is started again', () => {
  it('adopts the running worker and restarts nothing', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    await cluster.state(workerId, 'ready');
    const workers = await cluster.call<{ id: string; generation: number; startedAt: string }[]>('GET', 'workers');
    assert.deepEqual(
      workers.map(({ id, generation }) => [id, generation]),
      [[workerId, 1]],
    );
    await cluster.pass(10_000);
    await cluster.call('GET', 'status');
    assert.equal(host.starts().length, 1);
    assert.equal(
      host.orders.some(({ verb }) => verb.case === 'stop'),
      false,
    );
    assert.equal(adapter.count('handover'), 0);
    assert.equal(adapter.count('applicationPoolCanOpenNewListenerChannelInstance'), 0);
    assert.equal(cluster.was.engine.epoch(), 2);
  });

  it('decides nothing before the host has reported, then what was asked meanwhile', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    await cluster.restartWas();
    host.workers.delete(workerId);
    await adapter.register();
    await adapter.open('shop').catch(() => {});
    adapter.load('shop', 1, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 1, 10_000, 'the report');
    assert.equal(host.starts().length, 1);
    await host.attach();
    assert.equal((await host.nthStart(2)).generation, 2);
  });

  it('lets a worker go that ended while everybody was away, and starts none without work', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    host.drop();
    await cluster.restartWas();
    host.exit(workerId, { planned: true, message: 'its host was lost, and it ended' });
    await host.attach();
    await cluster.gone(workerId);
    await adapter.register();
    await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    assert.deepEqual(await cluster.call('GET', 'workers'), []);
    assert.equal(host.starts().length, 1);
    const events = await cluster.call<{ type: string; cause: string; message: string }[]>('GET', 'events');
    const gone = events.find(({ type }) => type === 'worker.exited');
    assert.equal(gone?.cause, 'host-ended');
    assert.match(gone?.message ?? '', /is gone \(host-ended\): its host was lost, and it ended$/);
    assert.equal(
      events.some(({ type }) => type === 'worker.orphaned' || type === 'worker.failed'),
      false,
    );
  });

  it('tells of a worker that its host does not know any more, and why', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    host.drop();
    host.workers.delete(workerId);
    await host.attach();
    await cluster.state(workerId, 'orphaned');
    const orphaned = await until(
      async () =>
        (await cluster.call<{ type: string; cause: string; message: string }[]>('GET', 'events')).find(
          ({ type }) => type === 'worker.orphaned',
        ),
      10_000,
      'the event',
    );
    assert.equal(orphaned.cause, 'host-forgot');
    assert.match(orphaned.message, /has no host any more: h1 does not know it$/);
  });

  it('gives a worker up whose host does not come back within 5 s', async (t) => {
    const { cluster, host, adapter } = await openReady(t);
    host.drop();
    await cluster.restartWas();
    await adapter.register();
    const other = await cluster.host('h2');
    await cluster.pass(4_000);
    await cluster.call('GET', 'status');
    assert.equal(other.starts().length, 0);
    await cluster.pass(2_000);
    assert.equal((await other.nthStart(1)).generation, 2);
  });

  it('gives the order of a start again that was decided and not entered', async (t) => {
    const cluster = await TestCluster.open(t);
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    await until(() => cluster.was.engine.cluster.workers.get('w1'), 10_000, 'the decision');
    await cluster.restartWas();
    await adapter.register();
    const host = await cluster.host();
    const start = await host.nthStart(1);
    assert.deepEqual([start.workerId, start.generation, start.epoch], ['w1', 1, 2]);
    await cluster.state('w1', 'ready');
  });

  it('finishes a start that was ordered', async (t) => {
    const cluster = await TestCluster.open(t);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    host.onStart = () => 'spawn';
    await adapter.open('shop');
    const { workerId } = await host.nthStart(1);
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    host.connect(workerId);
    await cluster.state(workerId, 'ready');
    assert.equal(host.starts().length, 1);
  });

  it('rolls an idle-out back that was not committed', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    adapter.answer = () => undefined;
    host.wishIdle(workerId);
    const handover = await adapter.next('handover');
    await until(() => cluster.was.engine.cluster.pools.get('shop')?.slots.get('shop/1')?.change, 10_000, 'the change');
    await cluster.restartWas();
    adapter.eligible.delete(handover.slot);
    adapter.answer = () => 'done';
    await host.attach();
    await adapter.register();
    const back = await adapter.next('handover', ({ toWorkerId }) => toWorkerId === workerId);
    assert.equal(back.fromWorkerId, '');
    assert.equal(
      host.orders.some(({ verb }) => verb.case === 'stop'),
      false,
    );
    await until(() => !cluster.was.engine.cluster.pools.get('shop')?.slots.get('shop/1')?.change, 10_000, 'the end of the change');
  });

  it('finishes an idle-out that was committed', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    host.obeysStop = false;
    host.wishIdle(workerId);
    await host.stopOf(workerId);
    const stops = () => host.orders.filter(({ verb }) => verb.case === 'stop').length;
    const before = stops();
    await cluster.restartWas();
    host.report(workerId, 3);
    await host.attach();
    await adapter.register();
    await until(() => stops() > before, 10_000, 'the stop under the new epoch');
    host.exit(workerId, { planned: true });
    await cluster.gone(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance', (given) => given.permission > 2 * 65_536);
    await adapter.open('shop', permission);
    assert.equal((await host.nthStart(2)).generation, 2);
  });

  it('keeps a failed start waiting, and does not give permission beside it', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    adapter.load('shop', 2, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 2, 10_000, 'the report');
    await cluster.restartWas();
    host.exit(workerId);
    await host.attach();
    await adapter.register();
    await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    assert.equal(host.starts().length, 1, 'the new leader has no report of work: the adapter asks');
  });
});

describe('two leaders', () => {
  it('the stale one is refused by Redis, its orders by the host, and it steps down', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    const stale = cluster.was;
    await cluster.openSecond();
    const answer = await fetch(`http://127.0.0.1:${stale.ports.admin}/api/v1/pools/shop/stop`, {
      method: 'POST',
      headers: { authorization: 'Bearer of-the-operator' },
    });
    assert.equal(((await answer.json()) as { code: string }).code, 'STALE_EPOCH');
    await until(() => cluster.replacedBy, 10_000, 'the step down');
    const orders = host.orders.length;
    stale.engine.touchAll();
    assert.equal(host.orders.length, orders);
    assert.equal(cluster.was.engine.epoch(), 2);
    assert.ok(host.workers.has(workerId));
  });

  it('a leader whose order a host refuses as stale steps down', async (t) => {
    const { cluster, host } = await openReady(t);
    await cluster.openSecond();
    host.highestEpoch = 2;
    host.refuse('shop.1-1-start-1-1', 'stale');
    await until(() => cluster.replacedBy, 10_000, 'the step down');
    const redisEpoch = cluster.was.engine.epoch();
    assert.equal(redisEpoch, 2);
  });
});

describe('a Redis that refuses writes for a while', () => {
  it('has what was to be written afterwards, in order', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    const redis = openRedis(cluster.redis.url, { name: 'refuse' });
    t.after(() => redis.disconnect());
    const store = new Store(redis, cluster.clusterId);
    await until(async () => (await store.load()).workers[0]?.state === 'ready', 10_000, 'the worker in Redis');
    await redis.config('SET', 'min-replicas-to-write', '1');
    let attempts = 0;
    cluster.was.engine.write('shop/1', (writes) => {
      attempts += 1;
      return writes.forgetPool('nobody');
    });
    host.exit(workerId);
    await cluster.gone(workerId);
    await until(() => attempts > 0, 10_000, 'the first write');
    assert.equal((await store.load()).workers.length, 1);
    await redis.config('SET', 'min-replicas-to-write', '0');
    cluster.time.advance(1_000);
    await until(async () => (await store.load()).workers.every(({ id }) => id !== workerId), 10_000, 'the worker to be forgotten');
    assert.ok(attempts > 1 && attempts < 10, `${attempts} attempts: it is tried again, and not at once`);
  });
});

describe('what hosts and adapters report wins over Redis', () => {
  it('a worker Redis has lost is adopted with its generation, and the next one is above it', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    adapter.load('shop', 0, 1);
    const { grpc } = cluster.was.ports;
    await cluster.was.close();
    await cluster.redis.kill();
    await cluster.redis.start();
    await cluster.openSecond(grpc);
    assert.equal(cluster.was.engine.epoch(), 1, 'Redis came back empty');
    await adapter.register();
    await until(() => cluster.was.engine.epoch() === 2, 10_000, 'an epoch above the one the adapter saw');
    await cluster.apply(yamlOf());
    await host.attach();
    await cluster.state(workerId, 'ready');
    await until(() => cluster.was.engine.cluster.pools.get('shop')?.slots.get('shop/1')?.serving === workerId, 10_000, 'the adoption');
    assert.equal(host.starts().length, 1);
    adapter.load('shop', 0, 1);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.inFlight === 1, 10_000, 'the report');
    host.exit(workerId);
    const second = await host.nthStart(2);
    assert.deepEqual([second.generation, second.workerId !== workerId], [2, true]);
  });

  it('a leader writes everything again when Redis comes back empty under it', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const keys = async () => (await cluster.call<{ id: string; state: string }[]>('GET', 'keys')).map(({ id, state }) => `${id} ${state}`);
    const [signing] = await keys();
    await cluster.redis.kill();
    await cluster.redis.start();
    adapter.load('shop', 0, 1);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.inFlight === 1, 10_000, 'the report');
    host.exit(workerId);
    assert.equal((await host.nthStart(2)).generation, 2);
    await cluster.restartWas();
    assert.equal((await cluster.call<unknown[]>('GET', 'pools')).length, 1, 'the configuration is in Redis again');
    assert.equal((await keys())[0], signing?.replace('current', 'previous'), 'so is the key that signed the identities of its workers');
  });
});
