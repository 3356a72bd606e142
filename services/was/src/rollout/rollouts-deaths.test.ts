import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { LIMITS } from '../limits.ts';
import {
  eventsOf,
  openTwo,
  pool,
  recycles,
  rolledToFirst,
  settled,
  stopped,
  tellServing,
  version,
  versionsOf,
} from '../testing/rollout.ts';

describe('a changed version', { concurrency: 4 }, () => {
  it('stops when a worker that has it dies, some moments after it took over; the old file takes back what had gone forward', async (t) => {
    const { cluster, host } = await openTwo(t);
    const workerId = await rolledToFirst(cluster, host);
    host.exit(workerId);
    await stopped(cluster);
    const { rollout } = await pool(cluster);
    assert.deepEqual([rollout?.slot, rollout?.recycleId], ['shop/1', '']);
    assert.equal(rollout?.cause, `worker ${workerId} died: APP_CRASHED: killed by SIGKILL`);
    const [event] = await eventsOf(cluster, /^rollout.stopped/);
    assert.deepEqual([event?.slot, event?.cause], ['shop/1', rollout?.cause]);
    assert.match(event?.message ?? '', new RegExp(`worker ${workerId} of shop/1, which has the new settings, died`));
    // An order that its host has not confirmed is given again when its time is over.
    await cluster.state((await host.nthStart(4)).workerId, 'ready');
    await cluster.pass(3_000);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1'], 'the second slot keeps the old version');
    await cluster.apply(version(1));
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(4), ['shop/1']);
  });

  it('that is on its way to the next slot when a worker that has it dies is taken back there', async (t) => {
    const { cluster, host } = await openTwo(t);
    const workerId = await rolledToFirst(cluster, host);
    host.onStart = ({ slot }) => (slot === 'shop/2' ? 'spawn' : 'connect');
    const second = await host.nthStart(4);
    assert.equal(second.slot, 'shop/2');
    host.exit(workerId);
    await stopped(cluster);
    await cluster.gone(second.workerId);
    const [failed] = await recycles(cluster);
    assert.deepEqual([failed?.slot, failed?.outcome, failed?.newWorker], ['shop/2', 'failed', second.workerId]);
    assert.match(failed?.failure ?? '', /called off/);
    await cluster.state(failed?.oldWorker ?? '', 'ready');
  });

  it('goes on to the last slot when a worker that does not have it dies', async (t) => {
    const three = (number: number) => version(number).replace('maxProcesses: 2', 'maxProcesses: 3');
    const { cluster, host } = await openTwo(t, three(1));
    await cluster.state((await host.nthStart(3)).workerId, 'ready');
    const old = host.starts().find(({ slot }) => slot === 'shop/2')!.workerId;
    await rolledToFirst(cluster, host, three(2));
    host.exit(old);
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(3), ['shop/1', 'shop/2', 'shop/3']);
    assert.deepEqual(await eventsOf(cluster, /^rollout.stopped/), []);
  });

  it('settles in a slot also when the leader changes meanwhile: the next one knows since when', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    await rolledToFirst(cluster, host);
    tellServing(cluster, adapter);
    const next = () => host.starts().find(({ slot }, index) => index >= 2 && slot === 'shop/2');
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    const { record } = [...cluster.was.engine.cluster.workers.values()].find((worker) => worker.record.role !== 'activation')!;
    const orderedAtMs = await until(() => next() && cluster.time.now(), 10_000, 'the next slot');
    assert.ok(orderedAtMs - record.sinceMs >= LIMITS.rolloutSettleMs, `${orderedAtMs - record.sinceMs} ms`);
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/2']);
  });

  it('leaves a stopped pool alone; what is started later has it', async (t) => {
    const { cluster, host } = await openTwo(t);
    await cluster.call('POST', 'pools/shop/stop');
    for (const { workerId } of host.starts()) await cluster.gone(workerId);
    const { recyclingPools } = await cluster.call<{ recyclingPools: string[] }>('POST', 'config', { yaml: version(2), file: 'b.yaml' });
    assert.deepEqual(recyclingPools, []);
    await cluster.call('POST', 'pools/shop/start');
    await host.nthStart(4);
    assert.equal((await pool(cluster)).rollout, undefined);
  });
});
