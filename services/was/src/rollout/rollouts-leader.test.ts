import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTwo, pool, recycles, rolledToFirst, settled, stopped, tellServing, version, versionsOf } from '../testing/rollout.ts';

describe('a changed version', { concurrency: 4 }, () => {
  it('goes on with the next leader, which rolls back the recycle of the former one first', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    const workers = host.starts();
    host.onStart = () => 'spawn';
    await cluster.apply(version(2));
    await host.nthStart(3);
    for (const { slot, workerId, generation } of workers) adapter.eligible.set(slot, { workerId, generation });
    await cluster.restartWas();
    host.onStart = () => 'connect';
    await host.attach();
    await adapter.register();
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1', 'shop/2']);
    const failed = (await recycles(cluster)).filter(({ outcome }) => outcome === 'failed');
    assert.deepEqual([failed.length, failed[0]?.failure], [1, 'another leader has taken over']);
  });

  it('that was stopped stays so with the next leader', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    for (const { slot, workerId, generation } of host.starts()) adapter.eligible.set(slot, { workerId, generation });
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    await cluster.apply(version(2));
    await stopped(cluster);
    const { rollout: before } = await pool(cluster);
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    await cluster.pass(3_000);
    assert.deepEqual((await pool(cluster)).rollout, before);
    assert.equal(host.starts().length, 3);
  });

  it('stops with the next leader when a worker that has it died while nobody led', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    const workerId = await rolledToFirst(cluster, host);
    tellServing(cluster, adapter);
    const { grpc } = cluster.was.ports;
    await cluster.was.close();
    host.exit(workerId);
    await cluster.openSecond(grpc);
    await host.attach();
    await adapter.register();
    await stopped(cluster);
    assert.match((await pool(cluster)).rollout?.cause ?? '', new RegExp(`worker ${workerId} died`));
    await cluster.pass(3_000);
    assert.equal(host.starts().filter(({ slot }) => slot === 'shop/2').length, 1, 'the second slot keeps the old version');
  });
});
