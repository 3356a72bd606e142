import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BatonError } from '@baton/core';
import type { Redis } from 'ioredis';
import { addressOf, checkRedis, openRedis } from './connection.ts';
import { clusterKeys } from './keys.ts';
import { LeaderStore, RECEIPT_KEEP_MS, RECEIPTS_KEPT } from './leader-store.ts';
import type { StoredChange, StoredChannel, StoredReceipt, StoredWorker } from './records.ts';
import { Store } from './store.ts';
import { startTestRedis, type TestRedis } from './testing/redis-server.ts';

const hasCode = (code: string) => (error: unknown) => error instanceof BatonError && error.code === code;

const worker = (id: string, slot = 'shop/1'): Omit<StoredWorker, 'generation'> => ({
  id,
  pool: 'shop',
  slot,
  state: 'placing',
  host: '',
  role: 'activation',
  reason: 'first-request',
  decidedAtMs: 1,
  sinceMs: 1,
});

const change = (id: string, more: Partial<StoredChange> = {}): StoredChange => ({
  id,
  kind: 'idle',
  slot: 'shop/1',
  from: 'w1',
  to: '',
  cause: 'idle',
  beganAtMs: 5,
  needs: ['a/1'],
  isCommitted: false,
  inFlight: 0,
  ...more,
});

const receipt = (id: string, more: Partial<StoredReceipt> = {}): StoredReceipt => ({
  id,
  pool: 'shop',
  slot: 'shop/1',
  cause: 'onDemand',
  requestedBy: 'admin',
  reason: '',
  outcome: 'completed',
  oldWorker: 'w1',
  newWorker: 'w2',
  oldHost: 'h1',
  newHost: 'h2',
  oldGeneration: 1,
  newGeneration: 2,
  startedAtMs: 1,
  phases: [],
  shares: {},
  isIncomplete: false,
  ...more,
});

describe('the store on a real Redis', () => {
  let server: TestRedis;
  let redis: Redis;
  let count = 0;

  before(async () => {
    server = await startTestRedis();
    redis = openRedis(server.url, { name: 'store-test' });
  });
  after(async () => {
    redis.disconnect();
    await server.close();
  });

  /** A cluster nobody used before, led by epoch 1. */
  async function newLeader(): Promise<{ id: string; store: Store; leader: LeaderStore }> {
    count += 1;
    const id = `c${count}`;
    const store = new Store(redis, id);
    const answer = await store.takeEpoch('was', 5_000);
    assert.ok(answer.isTaken);
    return { id, store, leader: new LeaderStore(redis, id, answer.epoch) };
  }

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

  it('allocates each generation once, and the same one for a repeated worker', async () => {
    const { store, leader } = await newLeader();
    assert.equal((await leader.allocateWorker(worker('w1'), 0, true)).generation, 1);
    assert.equal((await leader.allocateWorker(worker('w1'), 0, true)).generation, 1);
    assert.equal((await leader.allocateWorker(worker('w2'), 0, false)).generation, 2);
    assert.equal((await leader.allocateWorker(worker('w3'), 20, true)).generation, 21);
    assert.equal((await leader.allocateWorker(worker('w4', 'shop/2'), 0, true)).generation, 1);
    const { workers, serving } = await store.load();
    assert.deepEqual(
      new Map(workers.map(({ id, generation }) => [id, generation])),
      new Map([
        ['w1', 1],
        ['w2', 2],
        ['w3', 21],
        ['w4', 1],
      ]),
    );
    assert.deepEqual(Object.fromEntries(serving), { 'shop/1': 'w3', 'shop/2': 'w4' });
  });

  it('never gives a generation again that an adopted worker has', async () => {
    const { leader } = await newLeader();
    await leader.saveWorker({ ...worker('w9'), generation: 7 });
    await leader.forgetWorker('w9');
    assert.equal((await leader.allocateWorker(worker('w10'), 0, true)).generation, 8);
  });

  it('lets one change per slot run, and commits it together with who serves', async () => {
    const { store, leader } = await newLeader();
    await leader.setServing('shop/1', 'w1');
    assert.equal(await leader.beginChange(change('r1')), '');
    assert.equal(await leader.beginChange(change('r1')), '');
    assert.equal(await leader.beginChange(change('r2')), 'r1');
    assert.equal(await leader.commitChange(change('r2', { isCommitted: true })), false);
    assert.equal(await leader.commitChange(change('r1', { isCommitted: true, inFlight: 3 })), true);
    const { changes, serving } = await store.load();
    assert.deepEqual(changes.get('shop/1'), change('r1', { isCommitted: true, inFlight: 3 }));
    assert.equal(serving.has('shop/1'), false);
    await leader.endChange(change('r2'));
    assert.equal((await store.load()).changes.size, 1);
    await leader.endChange(change('r1'));
    assert.equal((await store.load()).changes.size, 0);
  });

  it('begins a recycle together with its replacement, or not at all', async () => {
    const { store, leader } = await newLeader();
    await leader.allocateWorker(worker('w1'), 0, true);
    const r1 = change('r1', { kind: 'replace', to: 'w2' });
    for (const _ of ['begun', 'begun again']) {
      const begun = await leader.beginRecycle(r1, worker('w2'), 0, 2);
      assert.deepEqual(begun, { replacement: { ...worker('w2'), generation: 2 } });
    }
    assert.deepEqual(await leader.beginRecycle(change('r2', { kind: 'replace', to: 'w3' }), worker('w3'), 0, 3), { running: 'r1' });
    const { workers, changes, serving, workerNumber } = await store.load();
    assert.deepEqual(workers.map(({ id, generation }) => [id, generation]).sort(), [
      ['w1', 1],
      ['w2', 2],
    ]);
    assert.deepEqual([changes.get('shop/1'), serving.get('shop/1'), workerNumber], [r1, 'w1', 2]);
    await leader.endChange(r1, receipt('r1', { outcome: 'running', result: 'completed' }));
    const ended = await store.load();
    assert.deepEqual([ended.changes.size, ended.receipts.map(({ id, result }) => [id, result])], [0, [['r1', 'completed']]]);
    const next = await leader.beginRecycle(change('r3', { kind: 'replace', to: 'w4' }), worker('w4'), 9, 4);
    assert.equal(next.replacement?.generation, 10, 'above what was reported');
  });

  it('keeps receipts as they are last known, lists the newest first, of one pool when asked', async () => {
    const { store, leader } = await newLeader();
    await leader.saveReceipt(receipt('r1', { outcome: 'running' }), 10);
    await leader.saveReceipt(receipt('r2', { startedAtMs: 2, pool: 'blog' }), 10);
    await leader.saveReceipt(receipt('r3', { startedAtMs: 3, outcome: 'running' }), 10);
    assert.deepEqual((await store.load()).receipts.map(({ id }) => id).sort(), ['r1', 'r3']);
    await leader.saveReceipt(receipt('r1'), 10);
    assert.deepEqual(
      (await store.load()).receipts.map(({ id }) => id),
      ['r3'],
    );
    assert.deepEqual([await store.receipt('r1'), await store.receipt('r9')], [receipt('r1'), undefined]);
    const ids = (receipts: readonly StoredReceipt[]) => receipts.map(({ id }) => id);
    assert.deepEqual(
      [ids(await store.receipts(10)), ids(await store.receipts(1)), ids(await store.receipts(10, 'blog'))],
      [['r3', 'r2', 'r1'], ['r3'], ['r2']],
    );
  });

  it('bounds receipts by number and by age', async () => {
    const { store, leader } = await newLeader();
    await Promise.all(Array.from({ length: RECEIPTS_KEPT + 5 }, (_, at) => leader.saveReceipt(receipt(`r${at}`, { startedAtMs: at }), 10)));
    const kept = await store.receipts(2 * RECEIPTS_KEPT);
    assert.deepEqual([kept.length, kept[0]?.id, kept.at(-1)?.id], [RECEIPTS_KEPT, `r${RECEIPTS_KEPT + 4}`, 'r5']);
    await leader.saveReceipt(receipt('new', { startedAtMs: RECEIPT_KEEP_MS + 500 }), RECEIPT_KEEP_MS + 500);
    const left = await store.receipts(2 * RECEIPTS_KEPT);
    assert.deepEqual([left[0]?.id, left.at(-1)?.id], ['new', 'r500']);
  });

  it('keeps blobs byte for byte, and no larger than 64 KiB', async () => {
    const { id, store, leader } = await newLeader();
    const facts: StoredChannel = { adapterId: 'a/b', channelId: 3, protocol: 'http', pool: 'shop', openedWith: 0 };
    const blob = Buffer.from(Array.from({ length: 65_536 }, (_, at) => at & 255));
    await leader.saveChannel(facts, blob);
    assert.deepEqual((await store.load()).channels, [{ facts, blob }]);
    await assert.rejects(leader.saveChannel(facts, Buffer.alloc(65_537)), hasCode('INVALID_ARGUMENT'));
    await leader.detachChannel('a/b', 3);
    const leftMs = await redis.pttl(clusterKeys(id).channel('a/b', 3));
    assert.ok(leftMs > 23 * 3_600_000 && leftMs <= 24 * 3_600_000);
    await leader.saveChannel(facts, blob);
    assert.equal(await redis.pttl(clusterKeys(id).channel('a/b', 3)), -1, 'attached again, it is kept');
    await leader.removeChannel('a/b', 3);
    assert.deepEqual((await store.load()).channels, []);
  });

  it('leaves out a channel whose blob has expired', async () => {
    const { id, store, leader } = await newLeader();
    await leader.saveChannel({ adapterId: 'a', channelId: 1, protocol: 'http', pool: 'shop' }, Buffer.from('x'));
    await redis.del(clusterKeys(id).channel('a', 1));
    assert.deepEqual((await store.load()).channels, []);
  });

  it('keeps configuration and what was said of pools', async () => {
    const { store, leader } = await newLeader();
    await leader.saveConfig({ yaml: 'apiVersion: baton/v1\n', file: '/b.yaml', appliedAtMs: 12 });
    await leader.savePool('shop', { state: 'stopped', cause: 'admin' });
    const { config, pools } = await store.load();
    assert.deepEqual(config, { yaml: 'apiVersion: baton/v1\n', file: '/b.yaml', appliedAtMs: 12 });
    assert.deepEqual(pools.get('shop'), { state: 'stopped', cause: 'admin' });
    await leader.forgetPool('shop');
    assert.equal((await store.load()).pools.size, 0);
  });

  it('keeps the keys that check identities as a whole', async () => {
    const { store, leader } = await newLeader();
    assert.deepEqual((await store.load()).keys, []);
    const keys = [{ kid: 'k1', publicJwk: '{}', createdAtMs: 1, signsFromMs: 2, goodUntilMs: 3 }];
    await leader.saveKeys([...keys, { kid: 'k2', publicJwk: '{}', createdAtMs: 2, signsFromMs: 3 }]);
    await leader.saveKeys(keys);
    assert.deepEqual((await store.load()).keys, keys);
  });

  it('numbers the orders of a slot', async () => {
    const { leader } = await newLeader();
    assert.deepEqual([await leader.nextOrder('shop/1'), await leader.nextOrder('shop/1'), await leader.nextOrder('shop/2')], [1, 2, 1]);
  });

  it('lists the newest events last, of one pool when asked', async () => {
    const { store, leader } = await newLeader();
    for (let at = 0; at < 6; at++)
      await leader.appendEvent({ atMs: at, type: 'worker.ready', message: `m${at}`, pool: at % 2 ? 'shop' : 'blog' }, `w/${at}`);
    assert.deepEqual(
      (await store.events(2)).map(({ message }) => message),
      ['m4', 'm5'],
    );
    assert.deepEqual(
      (await store.events(2, 'blog')).map(({ message }) => message),
      ['m2', 'm4'],
    );
    assert.match((await store.events(1))[0]?.id ?? '', /^\d+-\d+$/);
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
