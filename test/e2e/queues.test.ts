import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { Queue } from 'bullmq';
import { judge } from '../ha/queues/judge.ts';
import { connectRedis, QUEUE, queueConfig, runQueue, type Start } from '../ha/queues/run.ts';
import { fixture, startCluster } from '../support/index.ts';

test('a job wakes its pool, and jobs are done once through recycles and kill -9 of workers', async (t) => {
  await using cluster = await startCluster({ config: queueConfig(fixture('queue-app.mjs')), args: ['--adapters', '2', '--spares', '1'] });
  assert.deepEqual(await cluster.workers(), []);
  const report = await runQueue(cluster, {
    jobs: 800,
    recycles: 4,
    kills: 2,
    ahead: 200,
    longestMs: 300,
    limitMs: 120_000,
    say: (line) => t.diagnostic(line),
  });
  const { faults, restartMs, figures, stalls } = judge(report);
  t.diagnostic(`${report.starts.length} starts, ${stalls} stalls, restarts after ${restartMs.join(', ')} ms, ${JSON.stringify(figures)}`);
  assert.deepEqual(faults, []);
  assert.ok(figures.inFlight > 0, 'no recycle found a job in execution');
});

test('a failing job is tried again with its backoff, and what it wrote down is as many starts as attempts', async () => {
  await using cluster = await startCluster({ config: queueConfig(fixture('queue-app.mjs')) });
  const redis = connectRedis(cluster);
  const queue = new Queue(QUEUE, { connection: redis });
  const job = await queue.add('order', { i: 1, ms: 1, failures: 2 }, { attempts: 3, backoff: { type: 'exponential', delay: 50 } });
  await until(async () => ['completed', 'failed'].includes(await job.getState()), 60_000, 'its end');
  const ended = (await queue.getJob(job.id!))!;
  assert.equal(await ended.getState(), 'completed');
  assert.equal(ended.attemptsMade, 3);
  assert.deepEqual(ended.returnvalue, { i: 1 });
  const starts = (await redis.lrange('app:starts', 0, -1)).map((line) => (JSON.parse(line) as Start).attempt);
  assert.deepEqual(starts, [0, 1, 2]);
  await queue.close();
  redis.disconnect();
});

test('two apps of one pool get the jobs of their own queues, one of them by a CommonJS processor file of BullMQ', async () => {
  const config = () => `apiVersion: baton/v1
pools: [{ name: app }]
apps:
  - { name: one, pool: app, entry: ${fixture('queue-app.mjs')}, bindings: ["queue://one"] }
  - { name: two, pool: app, entry: ${fixture('queue-processor.cjs')}, bindings: ["queue://two"] }
`;
  await using cluster = await startCluster({ config });
  const redis = connectRedis(cluster);
  const queues = ['one', 'two'].map((name) => new Queue(name, { connection: redis }));
  const [one, two] = await Promise.all(queues.map((queue) => queue.add('order', { i: 5, ms: 1, items: [3, 4] })));
  for (const job of [one!, two!]) {
    await until(async () => ['completed', 'failed'].includes(await job.getState()), 60_000, `the end of job ${job.queueName}`);
  }
  assert.deepEqual((await queues[0]!.getJob(one!.id!))!.returnvalue, { i: 5 });
  const seen = (await queues[1]!.getJob(two!.id!))!;
  assert.deepEqual(seen.returnvalue, { sum: 7, queue: 'two' });
  assert.equal(seen.progress, 100);
  assert.deepEqual((await queues[1]!.getJobLogs(two!.id!)).logs, ['adding 2 items']);
  const workers = await cluster.workers();
  assert.equal(workers.length, 1);
  for (const queue of queues) await queue.close();
  redis.disconnect();
});
