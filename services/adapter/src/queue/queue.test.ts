import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { FlowProducer } from 'bullmq';
import { given, LONG_MS, place } from '../testing/queue-place.ts';
import type { GivenJob } from '../testing/queue-stage.ts';
import { startRedis } from '../testing/start-redis.ts';

const { server, redis } = await startRedis();

test('one job is taken to wake the pool, and no other before a worker takes work', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  const ids = await at.add(5);
  await until(() => stage.needs > 0, LONG_MS, 'the need of a worker');
  assert.equal(await at.queue.getActiveCount(), 1);
  assert.equal(await at.queue.getWaitingCount(), 4);
  assert.equal(stage.pool.place.parked.size, 1);
  await stage.connect(1);
  const jobs = await given(stage, 5);
  assert.deepEqual(
    jobs.map(({ document }) => document.id),
    ids,
  );
  for (const job of jobs) job.end({ type: 'completed', value: { of: job.document.id } });
  await until(async () => (await at.queue.getCompletedCount()) === 5, LONG_MS, 'five completed jobs');
  assert.deepEqual((await at.queue.getJob(ids[2]!))!.returnvalue, { of: ids[2] });
  assert.equal(stage.pool.counters.answered, 5);
});

test('no more jobs are with workers than the binding allows, over two adapters', async () => {
  await using at = place(server, redis);
  const settings = { concurrency: 3 };
  const stages = [await at.open({ settings }), await at.open({ settings })];
  for (const stage of stages) await stage.connect(1);
  await at.add(30);
  const open = new Set<GivenJob>();
  let done = 0;
  for (const seen = new Set<GivenJob>(); done < 30; ) {
    for (const job of stages.flatMap(({ jobs }) => jobs)) if (!seen.has(job)) open.add(job) && seen.add(job);
    assert.ok(open.size <= 3, `${open.size} at once`);
    const [job] = open;
    if (!job) await until(() => stages.some(({ jobs }) => jobs.some((other) => !seen.has(other))), LONG_MS, 'another job');
    else {
      open.delete(job);
      job.end();
      done++;
    }
  }
  await until(async () => (await at.queue.getCompletedCount()) === 30, LONG_MS, 'all jobs');
});

test('jobs in execution stay with the old worker of a hand-over, the next go to the new one', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  await at.add(2);
  const [first, second] = await given(stage, 2);
  await stage.connect(2, 'replacement:r1');
  stage.handover('w1', 'w2');
  await at.add(2);
  const jobs = await given(stage, 4);
  assert.deepEqual(
    jobs.map(({ workerId }) => workerId),
    ['w1', 'w1', 'w2', 'w2'],
  );
  first!.end();
  second!.end();
  for (const job of jobs.slice(2)) job.end();
  await until(async () => (await at.queue.getCompletedCount()) === 4, LONG_MS, 'four completed jobs');
});

test('a job whose worker died is in wait at once, and runs on the next worker as the same attempt', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  const [id] = await at.add(1, { attempts: 3 });
  await given(stage, 1);
  const killedAt = Date.now();
  stage.kill(1);
  await until(async () => Number(await redis.hget(`bull:${at.queue.name}:${id}`, 'stc')) === 1, LONG_MS, 'the stall');
  await stage.connect(2);
  const [, again] = await given(stage, 2);
  assert.ok(Date.now() - killedAt < 5_000);
  assert.equal(again!.document.id, id);
  assert.equal(again!.workerId, 'w2');
  assert.equal(again!.document.attemptsMade, 0);
  assert.equal(again!.document.stalledCounter, 1);
  again!.end();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
  assert.equal((await at.queue.getJob(id!))!.attemptsMade, 1);
});

test('a job that kills more workers than maxStalls allows fails, and says why', async () => {
  await using at = place(server, redis);
  const stage = await at.open({ settings: { maxStalls: 1 } });
  const [id] = await at.add(1, { attempts: 9 });
  for (const generation of [1, 2]) {
    await stage.connect(generation);
    await given(stage, generation);
    stage.kill(generation);
  }
  await until(async () => (await at.state(id!)) === 'failed', LONG_MS, 'its failure');
  assert.match((await at.queue.getJob(id!))!.failedReason, /^worker died 2 times while it ran this job, maxStalls is 1; .*SIGKILL/);
});

test('once the last line of a job was read, the death of its worker changes nothing', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  const [id] = await at.add(1);
  const [job] = await given(stage, 1);
  job!.say({ type: 'completed', value: 'done' });
  await until(() => job!.isHeard, LONG_MS, 'the end of the half of the adapter');
  stage.kill(1);
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
  assert.equal((await at.queue.getJob(id!))!.stalledCounter, 0);
});

test('a job that waits for a worker goes back when the pool stops, and is taken again when it starts', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  const [id] = await at.add(1);
  await until(() => stage.pool.place.parked.size === 1, LONG_MS, 'the waiting job');
  stage.pool.place.setEnabled(false, 'stopped by an operator');
  await until(async () => (await at.state(id!)) === 'waiting', LONG_MS, 'the job in wait');
  const job = (await at.queue.getJob(id!))!;
  assert.deepEqual([job.attemptsMade, job.attemptsStarted, job.stalledCounter], [0, 0, 0]);
  stage.pool.place.setEnabled(true, '');
  await until(() => stage.pool.place.parked.size === 1, LONG_MS, 'the job that wakes the pool again');
  await stage.connect(1);
  (await given(stage, 1))[0]!.end();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
});

test('a job for which no worker comes within queueTimeout goes back, is never failed, and is tried again after a pause', async () => {
  await using at = place(server, redis);
  const stage = await at.open({ limits: { queueTimeoutMs: 300 } });
  const [id] = await at.add(1);
  await until(() => stage.pool.counters.refused === 1, LONG_MS, 'the end of its wait');
  await until(async () => (await at.state(id!)) === 'waiting', LONG_MS, 'the job in wait');
  assert.equal(stage.pool.counters.refusals.get('QUEUE_TIMEOUT'), 1);
  await until(() => stage.pool.place.parked.size === 1, LONG_MS, 'another try');
  await stage.connect(1);
  (await given(stage, 1))[0]!.end();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
  assert.equal((await at.queue.getJob(id!))!.attemptsMade, 1);
});

test('a job that a worker gives back unbegun goes to the next one, still held', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  const [id] = await at.add(1);
  stage.isRefusing = true;
  await stage.connect(1);
  await until(() => stage.pool.counters.moved > 0, LONG_MS, 'the move');
  stage.isRefusing = false;
  const [job] = await given(stage, 1);
  assert.equal(job!.document.id, id);
  assert.equal(job!.document.stalledCounter, 0);
  job!.end();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
});

test('progress, log rows and data of a job are in Redis before it ends', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  const [id] = await at.add(1);
  const [job] = await given(stage, 1);
  job!.say({ type: 'progress', value: { at: 7 } });
  job!.say({ type: 'log', row: 'one' });
  job!.say({ type: 'log', row: 'two' });
  job!.say({ type: 'data', value: { left: 1 } });
  job!.end();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
  const seen = (await at.queue.getJob(id!))!;
  assert.deepEqual(seen.progress, { at: 7 });
  assert.deepEqual(seen.data, { left: 1 });
  assert.deepEqual((await at.queue.getJobLogs(id!)).logs, ['one', 'two']);
});

test("a processor's error fails an attempt with its message and stack, and an unrecoverable one the job", async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  const [id] = await at.add(1, { attempts: 2 });
  (await given(stage, 1))[0]!.fail('TypeError', 'first');
  (await given(stage, 2))[1]!.fail('TypeError', 'second');
  await until(async () => (await at.state(id!)) === 'failed', LONG_MS, 'its failure');
  const job = (await at.queue.getJob(id!))!;
  assert.equal(job.failedReason, 'second');
  assert.deepEqual(job.stacktrace, ['TypeError: first\n    at app.js:1:1', 'TypeError: second\n    at app.js:1:1']);
  assert.equal(job.attemptsMade, 2);
  const [other] = await at.add(1, { attempts: 5 });
  (await given(stage, 3))[2]!.fail('UnrecoverableError', 'never', true);
  await until(async () => (await at.state(other!)) === 'failed', LONG_MS, 'the failure of the other');
});

test('a processor delays its job, asks for its children, and is rate-limited, each without an attempt', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  const [id] = await at.add(1, { attempts: 1 });
  const [job] = await given(stage, 1);
  job!.say({ type: 'ask', id: 1, what: 'getChildrenValues', args: [] });
  await until(() => job!.answers.length === 1, LONG_MS, 'the answer');
  assert.deepEqual(job!.answers[0], { type: 'answer', id: 1, value: {} });
  job!.say({ type: 'ask', id: 2, what: 'moveToDelayed', args: [Date.now() + 300] });
  await until(() => job!.answers.length === 2, LONG_MS, 'the second answer');
  job!.fail('DelayedError', 'bullmq:movedToDelayed');
  const [, delayed] = await given(stage, 2);
  assert.equal(delayed!.document.id, id);
  assert.equal(delayed!.document.attemptsMade, 0);
  await at.queue.rateLimit(300);
  delayed!.fail('RateLimitError', 'bullmq:rateLimitExceeded');
  const [, , limited] = await given(stage, 3);
  assert.equal(limited!.document.attemptsMade, 0);
  limited!.end();
  await until(async () => (await at.state(id!)) === 'completed', LONG_MS, 'its end');
});

test('a parent runs when its children have completed, with their values', async () => {
  await using at = place(server, redis);
  const stage = await at.open();
  await stage.connect(1);
  const flow = new FlowProducer({ connection: redis });
  const queueName = at.queue.name;
  await flow.add({ name: 'parent', queueName, children: [{ name: 'child', queueName, data: 1 }] });
  const [child] = await given(stage, 1);
  assert.equal(child!.document.name, 'child');
  child!.end({ type: 'completed', value: 41 });
  const [, parent] = await given(stage, 2);
  parent!.say({ type: 'ask', id: 1, what: 'getChildrenValues', args: [] });
  await until(() => parent!.answers.length === 1, LONG_MS, 'the values');
  assert.deepEqual(Object.values(parent!.answers[0]!.value as object), [41]);
  parent!.end();
  await until(async () => (await at.queue.getCompletedCount()) === 2, LONG_MS, 'both');
  await flow.close();
});

test('a processor that takes longer than requestTimeout hears its signal, and an attempt has failed', async () => {
  await using at = place(server, redis);
  const stage = await at.open({ limits: { requestTimeoutMs: 400 } });
  await stage.connect(1);
  const [id] = await at.add(1);
  const [job] = await given(stage, 1);
  await until(async () => (await at.state(id!)) === 'failed', LONG_MS, 'its failure');
  assert.match((await at.queue.getJob(id!))!.failedReason, /^REQUEST_TIMEOUT: 400 ms have passed/);
  await until(() => job!.reset !== undefined, LONG_MS, 'the reset');
  assert.match(job!.reset!, /^DEADLINE/);
});

test('a job whose lock is taken away is cancelled, and what its run brings is dropped', async () => {
  await using at = place(server, redis);
  const stage = await at.open({ listener: { lockDurationMs: 600 } });
  await stage.connect(1);
  const [id] = await at.add(1);
  const [job] = await given(stage, 1);
  await redis.set(`bull:${at.queue.name}:${id}:lock`, 'somebody else');
  await until(() => job!.reset !== undefined, LONG_MS, 'the reset');
  assert.match(job!.reset!, /^CLIENT_CLOSED/);
  assert.equal(await at.state(id!), 'active');
});
