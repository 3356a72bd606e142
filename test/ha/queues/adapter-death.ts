import assert from 'node:assert/strict';
import { until } from '@baton/core';
import { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Cluster, isAlive } from '../../support/index.ts';
import { connectRedis, QUEUE, type Start } from './run.ts';

/** Each runs so long that both adapters hold some at any moment, ms. */
const JOB_MS = 2_000;
/** Locks are renewed every 10 s for 30 s: before that no check may take a job of a dead adapter, ms. */
const EARLIEST_MS = 20_000;
/** A check marks what runs, the next one, 30 s later, takes what has no lock; the rest is the way of the timers, ms. */
const LATEST_MS = 65_000;
const LIMIT_MS = 180_000;
const PREFIX = 'd';

export interface DeathReport {
  /** Name of the adapter in cluster.json. */
  readonly adapter: string;
  /** Jobs whose locks were those of the dead process. */
  readonly held: readonly string[];
  /** From the kill until BullMQ told that it had put the job back, ms, ascending. */
  readonly backMs: readonly number[];
  /** From the kill to the second start, ms, ascending. */
  readonly againMs: readonly number[];
  /** Jobs that completed before any of those was put back. */
  readonly meanwhile: number;
  /** BullMQ's own count of the starts of a job that was held. */
  readonly attemptsStarted: readonly number[];
}

/**
 * Kills one of two adapters with SIGKILL while it holds jobs, and holds everybody's account of them against the others.
 *
 * - What it held is found by BullMQ's stall check, which the other adapter and its own successor run; the rest of the queue goes on.
 * - Every job completes, is told so once and counts one attempt; those that were held, and no others, were started twice and stalled once.
 */
export async function killAdapter(cluster: Cluster, jobs: number, say: (line: string) => void): Promise<DeathReport> {
  const [redis, blocking] = [connectRedis(cluster), connectRedis(cluster)];
  const queue = new Queue(QUEUE, { connection: redis });
  const events = new QueueEvents(QUEUE, { connection: blocking, lastEventId: '$' });
  const completions = new Map<string, number[]>();
  const failures: string[] = [];
  const stalls = new Map<string, number[]>();
  const note = (times: Map<string, number[]>, id: string) => times.set(id, [...(times.get(id) ?? []), Date.now()]);
  events.on('completed', ({ jobId }) => note(completions, jobId));
  events.on('failed', ({ jobId }) => failures.push(jobId));
  events.on('stalled', ({ jobId }) => note(stalls, jobId));
  await events.waitUntilReady();
  try {
    await queue.addBulk(
      Array.from({ length: jobs }, (_, i) => ({ name: 'order', data: { i, ms: JOB_MS }, opts: { jobId: `${PREFIX}${i}` } })),
    );
    // Past the first lot, so that neither adapter is only beginning.
    await until(() => completions.size >= jobs / 4, LIMIT_MS, 'the first jobs to complete', 20);
    const { adapter, owner } = await pickVictim(redis, queue);
    const pid = cluster.file().pids[adapter]!;
    process.kill(pid, 'SIGKILL');
    const killedAt = Date.now();
    await until(() => !isAlive(pid), 10_000, `the end of ${adapter}`);
    // What it sent last is in Redis before this is answered.
    await redis.ping();
    const held = [...(await locks(redis, queue))].filter(([, token]) => token.startsWith(owner)).map(([id]) => id);
    assert.ok(held.length > 0, `${adapter} held no job when it was killed`);
    say(`${adapter} was killed while it held ${held.length} jobs: ${held.join(', ')}`);

    await until(() => completions.size + failures.length >= jobs, LIMIT_MS, 'the end of every job', 50);
    await until(async () => (await queue.getActiveCount()) + (await queue.getWaitingCount()) === 0, 20_000, 'an empty queue');
    const starts = (await redis.lrange('app:starts', 0, -1))
      .map((line) => JSON.parse(line) as Start)
      .filter(({ id }) => id.startsWith(PREFIX));
    const attemptsStarted: number[] = [];
    for (let i = 0; i < jobs; i++) {
      const id = `${PREFIX}${i}`;
      const runs = held.includes(id) ? 2 : 1;
      const own = starts.filter((start) => start.id === id);
      const job = await queue.getJob(id);
      const seen = [await queue.getJobState(id), completions.get(id)?.length, job?.attemptsMade, job?.stalledCounter, own.length];
      assert.deepEqual(seen, ['completed', 1, 1, runs - 1, runs], `${id}: state, told, attempts, stalls, starts`);
      assert.deepEqual(new Set(own.map(({ attempt }) => attempt)), new Set([0]), `${id} was started as its first attempt`);
      if (runs === 2) attemptsStarted.push(job!.attemptsStarted);
    }
    assert.deepEqual(failures, []);
    assert.deepEqual([...stalls.keys()].sort(), [...held].sort(), 'those that were held stalled, and no others');
    const since = (times: readonly number[]) => times.map((at) => at - killedAt).sort((a, b) => a - b);
    const backMs = since([...stalls.values()].flat());
    const againMs = since(held.map((id) => starts.filter((start) => start.id === id)[1]!.at));
    assert.ok(backMs[0]! >= EARLIEST_MS && backMs.at(-1)! <= LATEST_MS, `they were put back after ${backMs} ms`);
    const meanwhile = [...completions.values()].flat().filter((at) => at > killedAt && at < killedAt + backMs[0]!).length;
    return { adapter, held, backMs, againMs, meanwhile, attemptsStarted };
  } finally {
    await events.close();
    await queue.close();
    redis.disconnect();
    blocking.disconnect();
  }
}

/** Tokens of the locks of the jobs in execution: which process holds which job. */
async function locks(redis: Redis, queue: Queue): Promise<Map<string, string>> {
  const ids = (await queue.getActive()).map(({ id }) => id!);
  const tokens = await Promise.all(ids.map((id) => redis.get(`${queue.toKey(id)}:lock`)));
  return new Map(ids.flatMap((id, at) => (tokens[at] ? [[id, tokens[at]] as const] : [])));
}

/** The adapter that holds most jobs, by its name in cluster.json, and what its locks begin with. */
async function pickVictim(redis: Redis, queue: Queue): Promise<{ readonly adapter: string; readonly owner: string }> {
  const tokens = await locks(redis, queue);
  const owners = new Map<string, { count: number; adapter: string }>();
  for (const job of await queue.getActive()) {
    const owner = tokens.get(job.id!)?.replace(/:\d+$/, ':');
    if (owner === undefined || !job.processedBy) continue;
    owners.set(owner, { count: (owners.get(owner)?.count ?? 0) + 1, adapter: job.processedBy });
  }
  const [owner, most] = [...owners].sort(([, a], [, b]) => b.count - a.count)[0] ?? [];
  assert.ok(owner !== undefined && most, 'no adapter held a job');
  // Ids are "a1-…" for adapter-1: each start has another one.
  return { adapter: most.adapter.replace(/^a(\d+)-.*/, 'adapter-$1'), owner };
}
