import type { Recycle } from '@baton/admin';
import { sleep, until } from '@baton/core';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import type { Cluster } from '../../support/index.ts';

/** A worker that dies after this life is replaced at once, whatever happened before. */
const GROWN_MS = 6_500;

export const QUEUE = 'orders';

export interface RunOptions {
  readonly jobs: number;
  /** Recycles that have to complete meanwhile. */
  readonly recycles: number;
  /** Workers that are killed meanwhile. */
  readonly kills: number;
  /** Jobs that wait at most: the producer adds as they are done. */
  readonly ahead: number;
  /** Longest job, ms; they are spread from 0. */
  readonly longestMs: number;
  /** Longest time that everything may take, ms. */
  readonly limitMs: number;
  readonly say: (line: string) => void;
}

/** What the app wrote when it began a job. */
export interface Start {
  readonly id: string;
  readonly pid: number;
  readonly at: number;
  readonly attempt: number;
}

export interface Kill {
  readonly worker: string;
  readonly pid: number;
  readonly at: number;
}

/** A job as it is in Redis when everything is over. */
export interface JobFacts {
  readonly id: string;
  readonly state: string;
  readonly attemptsMade: number;
  readonly stalledCounter: number;
  readonly value: unknown;
}

export interface RunReport {
  readonly jobs: readonly JobFacts[];
  readonly starts: readonly Start[];
  readonly kills: readonly Kill[];
  /** How often QueueEvents told that a job had completed, or had failed, by its id. */
  readonly completions: ReadonlyMap<string, number>;
  readonly failures: ReadonlyMap<string, number>;
  readonly receipts: readonly Recycle[];
  readonly durationMs: number;
}

/** The cluster's own Redis, as a producer reaches it. */
export const connectRedis = (cluster: Cluster): Redis =>
  new Redis(String(cluster.file().redis).replace(/^unix:/, ''), { maxRetriesPerRequest: null });

/** One pool that hosts the consumer of queue://orders, and nothing else. */
export const queueConfig = (entry: string) => (): string =>
  `apiVersion: baton/v1
pools:
  - name: app
    processModel: { shutdownTimeLimit: 20s }
queues: { ${QUEUE}: { concurrency: 20, maxStalls: 10 } }
apps:
  - name: app
    pool: app
    entry: ${entry}
    bindings: ["queue://${QUEUE}"]
`;

/** Adds jobs and lets them run while the pool is recycled and its workers are killed; returns what everybody saw. */
export async function runQueue(cluster: Cluster, options: RunOptions): Promise<RunReport> {
  const { jobs, recycles, kills: wanted, say } = options;
  const startedAt = Date.now();
  const over = AbortSignal.timeout(options.limitMs);
  const [redis, blocking] = [connectRedis(cluster), connectRedis(cluster)];
  const queue = new Queue(QUEUE, { connection: redis });
  const events = new QueueEvents(QUEUE, { connection: blocking, lastEventId: '0-0' });
  const completions = new Map<string, number>();
  const failures = new Map<string, number>();
  const count = (counts: Map<string, number>, id: string) => counts.set(id, (counts.get(id) ?? 0) + 1);
  events.on('completed', ({ jobId }) => count(completions, jobId));
  events.on('failed', ({ jobId }) => count(failures, jobId));
  await events.waitUntilReady();

  const kills: Kill[] = [];
  const receipts: Recycle[] = [];
  let completed = 0;
  const isDisturbed = () => completed < recycles || kills.length < wanted;
  let added = 0;

  const produce = async () => {
    while (added < jobs) {
      over.throwIfAborted();
      // As many as belong to the disturbances so far, so that each finds jobs in execution.
      const share = isDisturbed() ? (completed + kills.length) / (recycles + wanted) : 1;
      const due = Math.min(jobs, options.ahead + Math.floor(jobs * share));
      const batch = Math.min(due - added, options.ahead - (added - completions.size - failures.size));
      if (batch <= 0) {
        await sleep(10);
        continue;
      }
      const items = Array.from({ length: batch }, (_, at) => ({
        name: 'order',
        data: { i: added + at, ms: ((added + at) * 37) % options.longestMs },
      }));
      await queue.addBulk(items.map((item, at) => ({ ...item, opts: { jobId: `j${added + at}` } })));
      added += batch;
    }
  };
  let isCalm = false;
  const recycle = async () => {
    while (completed < recycles) {
      over.throwIfAborted();
      if (isCalm) {
        await sleep(50);
        continue;
      }
      const made = await cluster.baton<Recycle[]>('pool', 'recycle', 'app', '--wait', '--reason', 'run').catch(() => []);
      receipts.push(...made);
      completed += made.filter(({ outcome }) => outcome === 'completed').length;
      if (made.length > 0 && receipts.length % 10 === 0) say(`${completed} recycles, ${kills.length} kills, ${completions.size} jobs`);
    }
  };
  const kill = async () => {
    while (kills.length < wanted) {
      over.throwIfAborted();
      // WAS starts the next worker later and later when they die young, whoever is to blame: every third has lived long enough to count as well.
      isCalm = kills.length % 3 === 2;
      await sleep(isCalm ? 100 : 500 + 2_000 * Math.random());
      const known = new Set(kills.map(({ pid }) => pid));
      const workers = (await cluster.admin.workers()).filter(
        ({ pid, uptimeMs }) => pid > 0 && !known.has(pid) && (!isCalm || uptimeMs > GROWN_MS),
      );
      const victim = workers[Math.floor(Math.random() * workers.length)];
      if (!victim || !endAtOnce(victim.pid)) continue;
      kills.push({ worker: victim.id, pid: victim.pid, at: Date.now() });
      isCalm = false;
    }
  };
  await Promise.all([produce(), recycle(), kill()]);
  await until(() => completions.size + failures.size >= jobs, options.limitMs, 'the end of every job', 50);
  // What came twice would come now.
  await until(async () => (await queue.getActiveCount()) + (await queue.getWaitingCount()) === 0, 20_000, 'an empty queue');
  const starts = (await redis.lrange('app:starts', 0, -1)).map((line) => JSON.parse(line) as Start);
  const report = { starts, kills, completions, failures, receipts, durationMs: Date.now() - startedAt, jobs: await readJobs(queue, jobs) };
  await events.close();
  await queue.close();
  redis.disconnect();
  blocking.disconnect();
  return report;
}

/** False: it has ended already. */
function endAtOnce(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

async function readJobs(queue: Queue, count: number): Promise<JobFacts[]> {
  const facts: JobFacts[] = [];
  for (let at = 0; at < count; at += 500) {
    const ids = Array.from({ length: Math.min(500, count - at) }, (_, i) => `j${at + i}`);
    const found = await Promise.all(ids.map(async (id) => ({ id, job: await queue.getJob(id), state: await queue.getJobState(id) })));
    for (const { id, job, state } of found) {
      facts.push({ id, state, attemptsMade: job?.attemptsMade ?? -1, stalledCounter: job?.stalledCounter ?? -1, value: job?.returnvalue });
    }
  }
  return facts;
}
