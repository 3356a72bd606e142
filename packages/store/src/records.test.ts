import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterKeys } from './keys.ts';
import { RECEIPT_KEEP_MS, RECEIPTS_KEPT } from './leader-store.ts';
import type { StoredChannel, StoredReceipt } from './records.ts';
import { change, hasCode, newLeader, receipt, redis, worker } from './testing/led-store.ts';

describe('the store on a real Redis', () => {
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
});
