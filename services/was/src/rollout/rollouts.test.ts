import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { clusterKeys, openRedis } from '@baton/store';
import { eventsOf, openTwo, pool, recycles, settled, stopped, version, versionsOf } from '../testing/rollout.ts';

describe('a changed version', { concurrency: 4 }, () => {
  it('is rolled out slot by slot, the next when the former has completed', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.obeysStop = false;
    await cluster.apply(version(2));
    const third = await host.nthStart(3);
    assert.equal(third.slot, 'shop/1');
    const old = host.starts().find(({ slot }) => slot === 'shop/1')!.workerId;
    await host.stopOf(old);
    await cluster.pass(3_000);
    const { rollout, recycles: running } = await pool(cluster);
    assert.deepEqual([rollout?.state, rollout?.done, rollout?.workers, running.length], ['running', 1, 2, 1]);
    assert.equal(host.starts().length, 3, 'the second slot waits for the end of the first one');
    host.obeysStop = true;
    host.exit(old, { planned: true });
    assert.equal((await host.nthStart(4)).slot, 'shop/2');
    await settled(cluster);
    assert.deepEqual(
      (await recycles(cluster)).map(({ slot, cause, requestedBy, outcome }) => [slot, cause, requestedBy, outcome]),
      [
        ['shop/2', 'configChange', 'apply', 'completed'],
        ['shop/1', 'configChange', 'apply', 'completed'],
      ],
    );
    assert.deepEqual(
      (await eventsOf(cluster, /^rollout/)).map(({ type }) => type),
      ['rollout.begun', 'rollout.completed'],
    );
  });

  it('stops at the first replacement that fails, and the other workers go on', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = ({ slot }) => (slot === 'shop/2' ? { failsWith: 'APP_THREW' } : 'connect');
    await cluster.apply(version(2));
    await stopped(cluster);
    const [event] = await eventsOf(cluster, /^rollout.stopped/);
    assert.equal(event?.slot, 'shop/2');
    assert.match(event?.cause ?? '', /APP_THREW/);
    const { rollout } = await pool(cluster);
    const [failed] = await recycles(cluster);
    assert.deepEqual([rollout?.state, rollout?.done, rollout?.slot, rollout?.recycleId], ['stopped', 1, 'shop/2', failed?.id]);
    assert.match(rollout?.cause ?? '', /APP_THREW/);
    await cluster.pass(3_000);
    assert.equal(host.starts().length, 4, 'nothing is tried again by itself');
    assert.equal((await cluster.call<{ state: string }[]>('GET', 'workers')).filter(({ state }) => state === 'ready').length, 2);
  });

  it('is stopped for the next leader too when Redis refused to take that it is', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    const redis = openRedis(cluster.redis.url, { name: 'look' });
    t.after(() => redis.disconnect());
    const { rollouts } = clusterKeys(cluster.clusterId);
    await redis.set(rollouts, 'no hash');
    await cluster.apply(version(2));
    await stopped(cluster);
    await redis.del(rollouts);
    const kept = () => redis.hget(rollouts, 'shop').then((text) => text && (JSON.parse(text) as { state: string }).state);
    await until(async () => (await kept()) === 'stopped', 10_000, 'the write');
    await cluster.apply(version(1));
    await settled(cluster);
    await until(async () => !(await kept()), 10_000, 'the end of it');
  });

  it('is rolled back by the old file: only the slots that had gone forward change', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = ({ slot }) => (slot === 'shop/2' ? { failsWith: 'APP_THREW' } : 'connect');
    await cluster.apply(version(2));
    await stopped(cluster);
    await cluster.apply(version(1));
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/2', 'shop/1']);
  });

  it('that was stopped is tried again when the same file is applied again', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    await cluster.apply(version(2));
    await stopped(cluster);
    host.onStart = () => 'connect';
    await cluster.apply(version(2));
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1', 'shop/2']);
  });

  it('that comes while a recycle runs follows it', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => 'spawn';
    const { recycleIds } = await cluster.call<{ recycleIds: string[] }>('POST', 'pools/shop/recycle', { reason: 'by hand' });
    assert.equal(recycleIds.length, 2);
    const replacements = [await host.nthStart(3), await host.nthStart(4)];
    await cluster.apply(version(2));
    host.onStart = () => 'connect';
    for (const { workerId } of replacements) host.connect(workerId);
    await settled(cluster);
    const receipts = await recycles(cluster);
    assert.deepEqual(
      receipts.map(({ cause, outcome }) => [cause, outcome]),
      [
        ['configChange', 'completed'],
        ['configChange', 'completed'],
        ['onDemand', 'completed'],
        ['onDemand', 'completed'],
      ],
    );
  });

  it('that is taken back before it reached a slot recycles only what has gone forward', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => 'spawn';
    await cluster.apply(version(2));
    const { workerId } = await host.nthStart(3);
    await cluster.apply(version(1));
    host.onStart = () => 'connect';
    host.connect(workerId);
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1']);
  });
});
