import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestCluster } from '../testing/cluster.ts';
import { openTwo, pool, settled, version } from '../testing/rollout.ts';

describe('a change of the configuration', { concurrency: 4 }, () => {
  const apply = (cluster: TestCluster, yaml: string, dryRun = false) =>
    cluster.call<{ recyclingPools: string[] }>('POST', 'config', { yaml, file: 'b.yaml', dryRun });

  it('recycles nothing when no worker gets anything else', async (t) => {
    const { cluster, host } = await openTwo(t);
    assert.deepEqual(
      (await apply(cluster, version(1, 'queueLength: 50, recycling: { periodicRestart: { requests: 5 } }'))).recyclingPools,
      [],
    );
    await cluster.pass(2_000);
    assert.equal(host.starts().length, 2);
    assert.equal((await pool(cluster)).rollout, undefined);
  });

  it('says in a dry run which pools would recycle, and recycles none', async (t) => {
    const { cluster, host } = await openTwo(t);
    assert.deepEqual((await apply(cluster, version(1, 'environmentVariables: { A: b }'), true)).recyclingPools, ['shop']);
    await cluster.pass(2_000);
    assert.equal(host.starts().length, 2);
  });

  it('keeps the workers where the pool disallows rotation, and says that they are behind', async (t) => {
    const { cluster, host } = await openTwo(t);
    const kept = 'recycling: { disallowRotationOnConfigChange: true }';
    assert.deepEqual((await apply(cluster, version(2, kept))).recyclingPools, []);
    await cluster.pass(2_000);
    assert.equal(host.starts().length, 2);
    const { rollout } = await pool(cluster);
    assert.deepEqual([rollout?.state, rollout?.done, rollout?.workers], ['kept', 0, 2]);
    await cluster.call('POST', 'pools/shop/recycle');
    await settled(cluster);
  });
});
