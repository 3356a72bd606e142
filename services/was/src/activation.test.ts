import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { TestCluster } from './testing/cluster.ts';

test('the first request anywhere starts one worker, and it becomes ready when it is connected everywhere', async (t) => {
  const cluster = await TestCluster.open(t);
  const host = await cluster.host();
  const [a, b] = [await cluster.adapter('a'), await cluster.adapter('b')];
  const opens = Array.from({ length: 50 }, (_, index) => (index % 2 ? a : b).open('shop'));
  const answers = await Promise.all(opens);
  assert.equal(answers.filter(({ repeated }) => !repeated).length, 2, 'one Open of each adapter counts');
  const start = await host.nthStart(1);
  assert.equal(start.generation, 1);
  await cluster.state(start.workerId, 'ready');
  await until(() => host.workers.get(start.workerId)?.connected.length === 2, 10_000, 'both channels');
  assert.equal(host.starts().length, 1);
  const workers = await cluster.call<{ id: string; state: string; generation: number }[]>('GET', 'workers');
  assert.deepEqual(
    workers.map(({ id, state, generation }) => ({ id, state, generation })),
    [{ id: start.workerId, state: 'ready', generation: 1 }],
  );
});
