import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { given, LONG_MS, place } from '../testing/queue-place.ts';
import { startRedis } from '../testing/start-redis.ts';

const { server, redis } = await startRedis({ isDurable: true });

test('a paused queue gives nothing, and goes on when it is resumed', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  await at.queue.pause();
  const [id] = await at.add(1);
  await at.queue.resume();
  const [job] = await given(stage, 1);
  assert.equal(job!.document.id, id);
  job!.end();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
});

test('without Redis the binding pauses, what ran ends once, and it goes on when Redis is back', async () => {
  await using at = place(server, redis);
  const stage = await at.open({ listener: { lockDurationMs: 1_000 } });
  await stage.connect(1);
  const [id] = await at.add(1);
  const [job] = await given(stage, 1);
  await server.kill();
  job!.end({ type: 'completed', value: 'kept' });
  await server.start();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
  assert.equal((await at.queue.getJob(id!))!.returnvalue, 'kept');
  const [next] = await at.add(1);
  const jobs = await given(stage, 2);
  assert.equal(jobs[1]!.document.id, next);
  jobs[1]!.end();
  await until(async () => (await at.queue.getCompletedCount()) === 2, LONG_MS, 'both');
  assert.equal(stage.jobs.length, 2);
});

test('a Redis that refuses the limit of a binding is asked again, and no job is taken before it has it', async () => {
  await using at = place(server, redis);
  await at.add(4);
  // Every write is refused from here on, as by a server without memory.
  await redis.config('SET', 'maxmemory', '1');
  try {
    const refusals: string[] = [];
    const log = { info() {}, warn: (_facts: object, message: string) => void refusals.push(message) };
    const stage = await at.open({ settings: { concurrency: 2 }, listener: { log } });
    await stage.connect(1);
    await until(() => refusals.length > 0, LONG_MS, 'a refusal');
    assert.equal(stage.jobs.length, 0);
    await redis.config('SET', 'maxmemory', '0');
    await given(stage, 2);
    assert.equal(await at.queue.getGlobalConcurrency(), 2);
    for (const job of stage.jobs) job.end();
    await given(stage, 4);
    for (const job of stage.jobs.slice(2)) job.end();
    await until(async () => (await at.queue.getCompletedCount()) === 4, LONG_MS, 'all jobs');
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
});

test('an adapter that drains takes nothing more, gives back what waits, and ends when what runs has ended', async () => {
  await using at = place(server, redis);
  const stage = await at.open({ settings: { concurrency: 1 } });
  await stage.connect(1);
  const ids = await at.add(2);
  const [job] = await given(stage, 1);
  const drained = stage.listener.drain();
  job!.end();
  await drained;
  assert.equal(await at.state(ids[0]!), 'completed');
  assert.equal(await at.state(ids[1]!), 'waiting');
});

test('what runs past the limit of a drain is cancelled and goes back as stalled', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  const [id] = await at.add(1);
  const [job] = await given(stage, 1);
  await stage.listener.drain(AbortSignal.timeout(100));
  assert.equal(await at.state(id!), 'waiting');
  const seen = (await at.queue.getJob(id!))!;
  assert.deepEqual([seen.attemptsMade, seen.stalledCounter], [0, 1]);
  await until(() => job!.reset !== undefined, LONG_MS, 'the reset');
});

test('a changed concurrency acts at once, and another rate on what is taken from then on', async () => {
  await using at = place(server, redis);
  const stage = await at.open({ settings: { concurrency: 1 } });
  await stage.connect(1);
  await at.add(4);
  await given(stage, 1);
  await stage.configure({ concurrency: 2 });
  await given(stage, 2);
  assert.equal(await at.queue.getActiveCount(), 2);
  await stage.configure({ concurrency: 2, rateMax: 1, rateDurationMs: 60_000 });
  for (const job of stage.jobs) job.end();
  await given(stage, 3);
  stage.jobs[2]!.end();
  await until(async () => (await at.queue.getCompletedCount()) === 3, LONG_MS, 'three completed jobs');
  assert.equal(await at.queue.getWaitingCount(), 1);
  assert.equal(await at.queue.getGlobalConcurrency(), 2, 'what the old subscription leaves behind does not end the limit of the new one');
});

test('a binding that is gone ends what runs, and limits the queue no longer', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  await at.add(1);
  const [job] = await given(stage, 1);
  stage.core.removeApplication('shop');
  await stage.listener.listen();
  job!.end();
  await until(async () => (await at.queue.getCompletedCount()) === 1, LONG_MS, 'its end');
  await until(async () => (await at.queue.getGlobalConcurrency()) === null, LONG_MS, 'no limit');
});

test('a job that is being taken when its adapter ends is in wait again, not left to the stall check', async () => {
  await using at = place(server, redis);
  for (let round = 0; round < 10; round++) {
    const stage = await at.open();
    await stage.connect(1);
    const [id] = await at.add(1);
    await stage.listener.drain(AbortSignal.timeout(0));
    await stage.listener.close();
    assert.equal(await at.state(id!), 'waiting');
    await at.queue.obliterate({ force: true });
  }
});
