import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressOf, checkRedis, openRedis } from './connection.ts';
import { clusterKeys } from './keys.ts';
import { LeaderStore } from './leader-store.ts';
import { Store } from './store.ts';
import { change, hasCode, newLeader, receipt, redis, worker } from './testing/led-store.ts';
import { startTestRedis } from './testing/redis-server.ts';

describe('the store on a real Redis', () => {
  it('accepts this Redis and refuses an address it cannot use', async () => {
    await checkRedis(redis);
    assert.deepEqual(addressOf('unix:/run/redis.sock'), { path: '/run/redis.sock' });
    assert.equal(addressOf('redis://h:7000/2').db, 2);
    assert.throws(() => addressOf('http://h'), hasCode('INVALID_ARGUMENT'));
  });

  it('says that Redis is unreachable instead of waiting for ever', async () => {
    const nobody = openRedis('unix:/nonexistent/socket', { name: 'nobody' });
    await assert.rejects(checkRedis(nobody, 200), hasCode('REDIS_UNREACHABLE'));
    nobody.disconnect();
  });

  it('tags every key with the cluster', () => {
    const keys = clusterKeys('north');
    assert.equal(keys.epoch, 'baton:{north}:epoch');
    for (const key of Object.values(keys)) assert.match(typeof key === 'string' ? key : key('a', 1), /^baton:\{north\}:/);
  });

  it('gives a new leader 1 + max(Redis, reported)', async () => {
    const { store } = await newLeader();
    assert.deepEqual(await store.takeEpoch('was', 5_000), { isTaken: true, epoch: 2 });
    assert.deepEqual(await store.takeEpoch('was', 5_000, 40), { isTaken: true, epoch: 41 });
    assert.equal(await store.epoch(), 41);
  });

  it('lets another holder wait for the lease, and take over when it was released', async () => {
    const { store, leader } = await newLeader();
    const held = await store.takeEpoch('other', 5_000);
    assert.ok(!held.isTaken && held.holder === 'was' && held.leftMs > 0);
    await leader.renewLease('was', 5_000);
    await leader.releaseLease('was');
    assert.deepEqual(await store.takeEpoch('other', 5_000), { isTaken: true, epoch: 2 });
  });

  it('refuses every write of a leader that was replaced', async () => {
    const { store, leader } = await newLeader();
    await store.takeEpoch('was', 5_000);
    const saved = { ...worker('w1'), generation: 1 };
    const channel = { adapterId: 'a', channelId: 1, protocol: 'http', pool: 'shop' };
    const writes: Record<string, () => Promise<unknown>> = {
      raiseEpoch: () => leader.raiseEpoch(9),
      renewLease: () => leader.renewLease('was', 1),
      releaseLease: () => leader.releaseLease('was'),
      allocateWorker: () => leader.allocateWorker(worker('w1'), 0, true),
      saveWorker: () => leader.saveWorker(saved),
      forgetWorker: () => leader.forgetWorker('w1'),
      setServing: () => leader.setServing('shop/1', 'w1'),
      beginChange: () => leader.beginChange(change('r1')),
      beginRecycle: () => leader.beginRecycle(change('r1', { kind: 'replace', to: 'w2' }), worker('w2'), 0, 2),
      commitChange: () => leader.commitChange(change('r1')),
      endChange: () => leader.endChange(change('r1')),
      saveChannel: () => leader.saveChannel(channel, Buffer.from('b')),
      detachChannel: () => leader.detachChannel('a', 1),
      removeChannel: () => leader.removeChannel('a', 1),
      savePool: () => leader.savePool('shop', { state: 'stopped', cause: 'admin' }),
      forgetPool: () => leader.forgetPool('shop'),
      saveConfig: () => leader.saveConfig({ yaml: 'y', file: 'f', appliedAtMs: 1 }),
      saveKeys: () => leader.saveKeys([]),
      nextOrder: () => leader.nextOrder('shop/1'),
      saveRollout: () =>
        leader.saveRollout({ pool: 'shop', settings: 's', state: 'running', beganAtMs: 1, recycleId: '', slot: '', cause: '' }),
      forgetRollout: () => leader.forgetRollout('shop'),
      proveEpoch: () => leader.proveEpoch(),
      saveReceipt: () => leader.saveReceipt(receipt('r1'), 1),
      appendEvent: () => leader.appendEvent({ atMs: 1, type: 't', message: 'm' }, 'm1'),
    };
    const verbs = Object.getOwnPropertyNames(LeaderStore.prototype).filter(
      (name) => !['constructor', 'epoch', 'run', 'prepare'].includes(name),
    );
    assert.deepEqual(Object.keys(writes).sort(), verbs.sort(), 'a write without a test');
    for (const [name, write] of Object.entries(writes)) await assert.rejects(write, hasCode('STALE_EPOCH'), name);
    const { workers, serving, channels, config } = await store.load();
    assert.deepEqual([workers, [...serving], channels, config], [[], [], [], undefined]);
  });

  it('gives Redis its scripts ahead', async () => {
    const { leader } = await newLeader();
    await redis.script('FLUSH');
    await leader.prepare();
    const before = /eval:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1];
    await leader.nextOrder('shop/1');
    assert.equal(/eval:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1], before);
  });

  it('says STATE_LOST when Redis came back empty, and lets the leader write its epoch again', async () => {
    const { store, leader } = await newLeader();
    await redis.flushall();
    await assert.rejects(leader.nextOrder('shop/1'), hasCode('STATE_LOST'));
    assert.equal(await leader.raiseEpoch(6), 7);
    assert.equal(await leader.nextOrder('shop/1'), 1);
    assert.equal(await store.epoch(), 7);
  });

  it('sends what was written during an outage once Redis is back', async () => {
    const durable = await startTestRedis({ isDurable: true });
    const lines: string[] = [];
    const client = openRedis(durable.url, { name: 'outage', log: (line) => lines.push(line) });
    try {
      const store = new Store(client, 'outage');
      const answer = await store.takeEpoch('was', 5_000);
      assert.ok(answer.isTaken);
      const leader = new LeaderStore(client, 'outage', answer.epoch);
      await durable.kill();
      const pending = [leader.savePool('shop', { state: 'stopped', cause: 'admin' }), leader.allocateWorker(worker('w1'), 0, true)];
      await durable.start();
      await Promise.all(pending);
      const { pools, workers } = await store.load();
      assert.deepEqual([pools.get('shop')?.state, workers.length], ['stopped', 1]);
      assert.equal(lines.at(-1), 'Redis is back');
    } finally {
      client.disconnect();
      await durable.close();
    }
  });
});
