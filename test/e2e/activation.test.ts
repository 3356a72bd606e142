import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { fixture, onePool, startCluster } from '../support/index.ts';

const app = fixture('cluster-app.js');

for (const adapters of [1, 2])
  test(`50 requests at once to an idle pool start one worker, with ${adapters} adapter(s)`, async () => {
    await using cluster = await startCluster({ config: onePool(app), args: ['--adapters', String(adapters)] });
    assert.deepEqual(await cluster.workers(), []);
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(cluster.url, { headers: { connection: 'close' } })));
    const pids = new Set(await Promise.all(answers.map(async (answer) => ((await answer.json()) as { pid: number }).pid)));
    assert.equal(pids.size, 1);
    assert.ok(answers.every((answer) => answer.status === 200));
    const cold = answers.map((answer) => answer.headers.get('x-baton-activation')).filter((value) => value !== null);
    assert.ok(cold.length > 0);
    assert.match(cold[0]!, /^cold; ms=\d+; cause=first-request$/);
    const workers = await cluster.workers();
    assert.equal(workers.length, 1);
    assert.equal(workers[0]?.generation, 1);
    assert.equal(workers[0]?.slot, 'app/1');
    assert.ok(pids.has(workers[0]!.pid));
  });

test('an always-running pool has its worker before the first request, and gets it again after its end', async () => {
  await using cluster = await startCluster({ config: onePool(app, 'startMode: alwaysRunning') });
  const first = await until(async () => ready(await cluster.workers())[0], 10_000, 'the first worker');
  assert.equal(((await (await fetch(cluster.url)).json()) as { pid: number }).pid, first.pid);
  process.kill(first.pid, 'SIGKILL');
  const second = await until(
    async () => ready(await cluster.workers()).find((worker) => worker.id !== first.id),
    10_000,
    'the second worker',
  );
  assert.equal(second.generation, 2);
});

test('maxProcesses workers serve a pool under load, each in a slot of its own', async () => {
  await using cluster = await startCluster({ config: onePool(app, 'processModel: { maxProcesses: 2 }') });
  const slots = await until(
    async () => {
      await Promise.all(Array.from({ length: 20 }, () => fetch(`${cluster.url}/slow?ms=50`)));
      const slots = ready(await cluster.workers()).map((worker) => worker.slot);
      return slots.length === 2 ? slots : undefined;
    },
    20_000,
    'the second worker',
  );
  assert.deepEqual([...slots].sort(), ['app/1', 'app/2']);
});

test('environment variables of the pool reach the app, also those that are read on the host', async () => {
  await using cluster = await startCluster({
    config: onePool(app, 'environmentVariables: { GREETING: hello, TOKEN: { fromEnv: TEST_TOKEN } }'),
    env: { TEST_TOKEN: 'only on the host' },
  });
  assert.equal(await (await fetch(`${cluster.url}/env?name=GREETING`)).text(), 'hello');
  assert.equal(await (await fetch(`${cluster.url}/env?name=TOKEN`)).text(), 'only on the host');
});

test('a stopped pool answers 503 and has no worker; started again it serves', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  assert.equal((await fetch(cluster.url)).status, 200);
  await cluster.baton('pool', 'stop', 'app');
  const refused = await answerOf(cluster.url, 503);
  assert.equal(refused.headers.get('x-baton-error'), 'POOL_STOPPED');
  await until(async () => (await cluster.workers()).length === 0, 30_000, 'the end of the worker');
  await cluster.baton('pool', 'start', 'app');
  const served = await answerOf(cluster.url, 200);
  assert.match(served.headers.get('x-baton-activation') ?? '', /^cold; /);
});

/** The first answer with that status: adapters are told of a change by a stream of their own, and not before the operator has his answer. */
const answerOf = (url: string, status: number): Promise<Response> =>
  until(
    async () => {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      return answer.status === status ? answer : undefined;
    },
    20_000,
    `an answer with ${status}`,
  );

function ready<T extends { state: string }>(workers: readonly T[]): T[] {
  return workers.filter((worker) => worker.state === 'ready');
}
