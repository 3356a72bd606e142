import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type JobsOptions, Queue, QueueEvents, UnrecoverableError } from 'bullmq';
import { startRedis } from '../../testing/start-redis.ts';
import { BullQueue, type BullQueueOptions } from './bull-queue.ts';
import type { Hold } from './hold.ts';

const { server, redis } = await startRedis({ isDurable: true });

let names = 0;

interface Stage extends AsyncDisposable {
  readonly queue: Queue;
  readonly name: string;
  adapter(more?: Partial<BullQueueOptions>): BullQueue;
  add(name: string, options?: JobsOptions): Promise<string>;
}

function stage(): Stage {
  const name = `q${++names}`;
  const queue = new Queue(name, { connection: redis });
  const adapters: BullQueue[] = [];
  return {
    name,
    queue,
    adapter: (more = {}) => {
      const adapter = new BullQueue({
        redisUrl: server.url,
        name,
        prefix: 'bull',
        owner: 'adapter-1',
        rateMax: 0,
        rateDurationMs: 0,
        maxStalls: 3,
        onError: () => {},
        onLine: () => {},
        ...more,
      });
      adapters.push(adapter);
      return adapter;
    },
    add: async (job, options) => (await queue.add(job, { of: job }, options ?? {})).id!,
    [Symbol.asyncDispose]: async () => {
      for (const adapter of adapters) await adapter.close();
      await queue.close();
    },
  };
}

const take = async (adapter: BullQueue): Promise<Hold> => {
  const { hold } = await adapter.fetch();
  assert.ok(hold, 'expected a job');
  return hold;
};

test('a completed job looks to any BullMQ producer as one of a plain worker', async () => {
  await using place = stage();
  const events = new QueueEvents(place.name, { connection: redis, lastEventId: '0-0' });
  await events.waitUntilReady();
  const completed = new Promise<{ jobId: string; returnvalue: unknown }>((resolve) => events.on('completed', resolve));
  const id = await place.add('mail');
  const adapter = place.adapter();
  const hold = await take(adapter);
  assert.equal(hold.job.name, 'mail');
  assert.equal(await place.queue.getActiveCount(), 1);
  assert.equal(await adapter.complete(hold, { sent: 2 }), true);
  assert.equal(adapter.holds.size, 0);
  const seen = await completed;
  assert.equal(seen.jobId, id);
  assert.deepEqual(seen.returnvalue, { sent: 2 });
  const job = await place.queue.getJob(id);
  assert.deepEqual(job!.returnvalue, { sent: 2 });
  assert.equal(job!.attemptsMade, 1);
  assert.equal(job!.processedBy, 'adapter-1');
  assert.ok(job!.finishedOn! >= job!.processedOn!);
  await events.close();
});

test('a failed job is retried with its backoff, and fails for good when its attempts are used up or its error is unrecoverable', async () => {
  await using place = stage();
  const adapter = place.adapter();
  const id = await place.add('retried', { attempts: 2, backoff: { type: 'fixed', delay: 60_000 } });
  await adapter.fail(await take(adapter), new Error('first'));
  assert.equal(await place.queue.getDelayedCount(), 1);
  await (await place.queue.getJob(id))!.promote();
  await adapter.fail(await take(adapter), new Error('second'));
  const job = (await place.queue.getJob(id))!;
  assert.equal(await job.getState(), 'failed');
  assert.equal(job.attemptsMade, 2);
  assert.equal(job.failedReason, 'second');
  assert.equal(job.stacktrace?.length, 2);
  const other = await place.add('once', { attempts: 5 });
  await adapter.fail(await take(adapter), new UnrecoverableError('never'));
  assert.equal(await (await place.queue.getJob(other))!.getState(), 'failed');
});

test('a backoff strategy that is not known here waits for the delay that the job names', async () => {
  await using place = stage();
  const adapter = place.adapter();
  const id = await place.add('own', { attempts: 2, backoff: { type: 'jumpy', delay: 45_000 } });
  await adapter.fail(await take(adapter), new Error('first'));
  assert.equal((await place.queue.getJob(id))!.delay, 45_000);
});

test('concurrency is counted over all adapters, and whoever ends a job wakes another', async () => {
  await using place = stage();
  const [one, two] = [place.adapter(), place.adapter()];
  await one.setConcurrency(3);
  for (let i = 0; i < 8; i++) await place.add(`j${i}`);
  const held: { from: BullQueue; hold: Hold }[] = [];
  let rounds = 0;
  let done = 0;
  while (done < 8) {
    assert.ok(++rounds < 100);
    const fetched = await Promise.all([one, two, one, two].map(async (from) => ({ from, hold: (await from.fetch()).hold })));
    for (const { from, hold } of fetched) if (hold) held.push({ from, hold });
    assert.ok(held.length <= 3, `${held.length} at once`);
    if (done < 5) assert.equal(held.length, 3);
    const { from, hold } = held.shift()!;
    // drained of its marker: nobody was told of the jobs that wait
    while ((await two.wait(0.01)) !== undefined);
    await from.complete(hold, null);
    await from.wake();
    done++;
    if (done < 6) assert.equal(await two.wait(1), 0);
  }
});

test('the rate is counted over all adapters', async () => {
  await using place = stage();
  const rate = { rateMax: 5, rateDurationMs: 60_000 };
  const [one, two] = [place.adapter(rate), place.adapter(rate)];
  for (let i = 0; i < 12; i++) await place.add(`j${i}`);
  const fetched = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? one : two).fetch()));
  assert.equal(fetched.filter(({ hold }) => hold).length, 5);
  const { hold, limitedMs } = await one.fetch();
  assert.equal(hold, undefined);
  assert.ok(limitedMs > 50_000 && limitedMs <= 60_000, `${limitedMs}`);
});

test('a job that no worker began goes back to the front as if it had not been taken', async () => {
  await using place = stage();
  const adapter = place.adapter();
  const first = await place.add('first');
  await place.add('second');
  const hold = await take(adapter);
  assert.equal(await adapter.giveBack(hold), true);
  assert.equal(await adapter.giveBack(hold), false);
  const [next] = await place.queue.getJobs(['wait'], 0, 0, true);
  assert.equal(next!.id, first);
  assert.equal(next!.attemptsStarted, 0);
  assert.equal(next!.attemptsMade, 0);
  assert.equal(next!.stalledCounter, 0);
  assert.equal(await redis.exists(`bull:${place.name}:${first}:lock`), 0);
  assert.equal(await place.adapter().wait(1), 0);
});

test('a job whose worker died is back at the front of what waits: a stall, no attempt', async () => {
  await using place = stage();
  const events = new QueueEvents(place.name, { connection: redis, lastEventId: '0-0' });
  await events.waitUntilReady();
  const stalled = new Promise<string>((resolve) => events.on('stalled', ({ jobId }) => resolve(jobId)));
  const adapter = place.adapter();
  const id = await place.add('first');
  await place.add('second');
  assert.equal(await adapter.stall(await take(adapter), 'killed'), 1);
  assert.equal(await stalled, id);
  const hold = await take(place.adapter());
  assert.equal(hold.id, id);
  assert.equal(hold.job.attemptsMade, 0);
  assert.equal(hold.job.stalledCounter, 1);
  assert.equal(hold.job.attemptsStarted, 2);
  await events.close();
});

test('a prioritized job whose worker died comes before those of its priority', async () => {
  await using place = stage();
  const adapter = place.adapter();
  const id = await place.add('first', { priority: 7 });
  await place.add('second', { priority: 7 });
  await adapter.stall(await take(adapter), 'killed');
  assert.equal(await place.queue.getPrioritizedCount(), 2);
  assert.equal((await take(adapter)).id, id);
});

test('a job that stalls more often than maxStalls fails for good, and its reason says so', async () => {
  await using place = stage();
  const adapter = place.adapter({ maxStalls: 2 });
  const id = await place.add('poison', { attempts: 10 });
  for (let i = 1; i <= 3; i++) assert.equal(await adapter.stall(await take(adapter), 'signal SIGKILL'), i);
  const job = (await place.queue.getJob(id))!;
  assert.equal(await job.getState(), 'failed');
  assert.equal(job.failedReason, 'worker died 3 times while it ran this job, maxStalls is 2; the last time: signal SIGKILL');
});

test('a lock is renewed while its job runs, and one that is taken away is noticed', async () => {
  await using place = stage();
  const adapter = place.adapter({ lockDurationMs: 600 });
  await place.add('long');
  const hold = await take(adapter);
  const lock = `bull:${place.name}:${hold.id}:lock`;
  await redis.pexpire(lock, 100_000);
  await until(async () => (await redis.pttl(lock)) <= 600, 10_000, 'a renewal');
  assert.equal(hold.lost.signal.aborted, false);
  await redis.set(lock, 'somebody else');
  await until(() => hold.lost.signal.aborted, 10_000, 'the loss');
  assert.match(String(hold.lost.signal.reason), /is with somebody else, or was removed/);
  assert.equal(adapter.holds.size, 0);
  assert.equal(await adapter.complete(hold, 1), false);
});

test('a lock that expired while it could not be renewed is taken again, so that the job runs once', async () => {
  await using place = stage();
  const adapter = place.adapter();
  const id = await place.add('long');
  const hold = await take(adapter);
  await redis.del(`bull:${place.name}:${id}:lock`);
  assert.equal(await adapter.complete(hold, 'kept'), true);
  const job = (await place.queue.getJob(id))!;
  assert.equal(await job.getState(), 'completed');
  assert.equal(job.attemptsMade, 1);
});

test('what was taken by a command whose answer was never read goes back, and what is held stays', async () => {
  await using place = stage();
  const adapter = place.adapter({ stalledIntervalMs: 200 });
  const lost = await place.add('lost');
  await place.add('held');
  const hold = await take(adapter);
  assert.equal(hold.id, lost);
  const kept = await take(adapter);
  adapter.holds.delete(hold);
  await until(async () => (await place.queue.getWaitingCount()) === 1, 10_000, 'the stray');
  assert.equal((await take(adapter)).id, lost);
  assert.equal(await adapter.complete(kept, 1), true);
});

test('the jobs of an adapter that died are found by the stall check of another', async () => {
  await using place = stage();
  const dead = place.adapter({ lockDurationMs: 300 });
  const id = await place.add('orphan');
  await take(dead);
  await dead.close();
  const adapter = place.adapter({ stalledIntervalMs: 200 });
  await adapter.open();
  await until(async () => (await place.queue.getWaitingCount()) === 1, 20_000, 'the stalled job');
  const hold = await take(adapter);
  assert.equal(hold.id, id);
  assert.equal(hold.job.stalledCounter, 1);
});

test('a job that ends while Redis is away is settled when it is back, once', async () => {
  await using place = stage();
  const lines: string[] = [];
  const adapter = place.adapter({ lockDurationMs: 1_000, onLine: (line) => lines.push(line) });
  await adapter.open();
  const id = await place.add('long');
  const hold = await take(adapter);
  await server.kill();
  const settled = adapter.complete(hold, 'late');
  await until(() => lines.length === 1, 20_000, 'the line that Redis is away');
  await server.start();
  assert.equal(await settled, true);
  await until(() => lines.includes('Redis is back'), 20_000, 'the line that Redis is back');
  const job = (await place.queue.getJob(id))!;
  assert.equal(job.returnvalue, 'late');
  assert.equal(job.attemptsMade, 1);
  assert.equal(await place.queue.getCompletedCount(), 1);
});
