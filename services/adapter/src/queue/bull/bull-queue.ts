import { BatonError } from '@baton/core';
import { openRedis, runScript, type Script } from '@baton/store';
import { type MinimalJob, UnrecoverableError } from 'bullmq';
import type { Redis } from 'ioredis';
import { Hold } from './hold.ts';
import { QueueWorker, type Taken } from './queue-worker.ts';
import { SCRIPTS } from './scripts.ts';
import { settleJob } from './settle-job.ts';

export interface BullQueueOptions {
  readonly redisUrl: string;
  readonly name: string;
  /** @default "bull" */
  readonly prefix: string;
  /** Shown as "processed by", and by CLIENT LIST. */
  readonly owner: string;
  /** Jobs begun in `rateDurationMs` over all adapters; 0: any number. */
  readonly rateMax: number;
  readonly rateDurationMs: number;
  /** Stalls that one job survives. */
  readonly maxStalls: number;
  /** @default 30_000, as BullMQ has it */
  readonly lockDurationMs?: number;
  /** How often the jobs of dead adapters are looked for. @default 30_000 */
  readonly stalledIntervalMs?: number;
  readonly onError: (error: Error) => void;
  /** One line when Redis is lost, and when it is back. */
  readonly onLine: (line: string) => void;
}

/** What was taken, with its lock. */
export interface Fetched extends Omit<Taken, 'job'> {
  readonly hold: Hold | undefined;
}

/** Renewals in the life of a lock. */
const RENEWALS = 3;

/**
 * A BullMQ queue as an adapter uses it: jobs are taken one by one, their locks renewed here, and each is settled, given back or stalled.
 *
 * - Concurrency is BullMQ's global one (field `concurrency` of the queue's meta hash) and the rate its limiter key: both are checked in the
 *   script that takes a job, so that they hold over all adapters, and over other workers of the queue.
 * - Every call waits while Redis is away, and goes on when it is back.
 */
export class BullQueue {
  readonly holds = new Set<Hold>();
  private readonly options: BullQueueOptions;
  private readonly redis: Redis;
  private readonly worker: QueueWorker;
  private readonly timers: NodeJS.Timeout[] = [];
  private taken = 0;
  /** Commands that take a job, by token, whose answers were not read yet. */
  private readonly fetching = new Map<string, Promise<Fetched>>();
  private isClosed = false;

  constructor(options: BullQueueOptions) {
    const { redisUrl, name, prefix, owner, rateMax, rateDurationMs, maxStalls, onLine } = options;
    this.options = options;
    this.redis = openRedis(redisUrl, { name: `baton-queue:${name}`, log: onLine });
    const lockDuration = options.lockDurationMs ?? 30_000;
    this.worker = new QueueWorker(name, {
      connection: this.redis,
      prefix,
      name: owner,
      lockDuration,
      maxStalledCount: maxStalls,
      stalledInterval: options.stalledIntervalMs ?? 30_000,
      // A strategy of one's own belongs to a worker's options, which a hosted processor has none of.
      settings: { backoffStrategy: (_attempts, _type, _error, job) => delayOf(job) },
      ...(rateMax > 0 ? { limiter: { max: rateMax, duration: rateDurationMs } } : {}),
    });
    this.worker.on('error', (error) => this.isClosed || options.onError(error));
    this.redis.on('ready', () => void this.recover().catch(options.onError));
    this.every(lockDuration / RENEWALS, () => this.renew());
    this.every(options.stalledIntervalMs ?? 30_000, () => this.giveBackStrays());
  }

  /** Looks for the jobs of adapters that died, now and then: some adapter of the queue does at each interval. */
  async open(): Promise<void> {
    await this.worker.startStalledCheckTimer();
  }

  /** Jobs in execution at once, over all adapters. */
  async setConcurrency(concurrency: number): Promise<void> {
    await this.worker.backend.setQueueMeta({ concurrency });
    await this.wake();
  }

  /** Nobody limits the queue any more, unless somebody else has set another limit meanwhile. */
  async clearConcurrency(expected: number): Promise<void> {
    const now = await this.worker.backend.getQueueMetaField('concurrency');
    if (Number(now) === expected) await this.worker.backend.removeQueueMetaFields(['concurrency']);
  }

  /** Takes the next job, if there is one that may begin. */
  fetch(): Promise<Fetched> {
    const token = `${this.worker.id}:${this.taken++}`;
    const fetching = this.take(token).finally(() => this.fetching.delete(token));
    this.fetching.set(token, fetching);
    return fetching;
  }

  /** Resolves when every fetch that was begun is over and was told to who asked. */
  async fetched(): Promise<void> {
    await Promise.allSettled(this.fetching.values());
    await new Promise((resolve) => setImmediate(resolve));
  }

  private async take(token: string): Promise<Fetched> {
    const { job, ...rest } = await this.worker.take(token);
    if (!job) return { hold: undefined, ...rest };
    const hold = new Hold(job, token);
    this.holds.add(hold);
    return { hold, ...rest };
  }

  /** Waits for a job, at most `seconds`. Returns when it is due in Unix ms, 0: at once; undefined: none came. */
  wait(seconds: number): Promise<number | undefined> {
    return this.worker.wait(seconds);
  }

  /** Somebody may take a job: this adapter was woken and cannot, or has ended one. */
  async wake(): Promise<void> {
    const { keys } = this.worker;
    await this.run(SCRIPTS.wake, [keys.wait!, keys.prioritized!, keys.active!, keys.meta!, keys.marker!], []);
  }

  /** Ends the job as BullMQ's worker does; one that may not complete, because of its children, fails. False: somebody else has it, or it is gone. */
  async complete(hold: Hold, value: unknown): Promise<boolean> {
    try {
      return await this.settle(hold, () => hold.job.moveToCompleted(value, hold.token, false));
    } catch (error) {
      return await this.fail(hold, BatonError.from(error, 'INTERNAL', 'moveToCompleted'));
    }
  }

  /** Counts an attempt: retried with the job's backoff, or failed for good. False: somebody else has it, or it is gone. */
  async fail(hold: Hold, error: Error): Promise<boolean> {
    try {
      return await this.settle(hold, () => hold.job.moveToFailed(error, hold.token, false));
    } catch (cause) {
      // Not renewed any more: the stall check decides about a job that cannot be failed.
      this.drop(hold);
      throw cause;
    }
  }

  /** Fails it for good, without a run. */
  failUnrecoverably(hold: Hold, reason: string): Promise<boolean> {
    return this.fail(hold, new UnrecoverableError(reason));
  }

  /** Back to wait with no attempt counted, because the job asked for it (RateLimitError, WaitingError). */
  requeue(hold: Hold): Promise<boolean> {
    return this.settle(hold, () => hold.job.moveToWait(hold.token));
  }

  /** The job has moved itself (DelayedError, WaitingChildrenError): nothing is left to do with it. */
  async dismiss(hold: Hold): Promise<void> {
    this.drop(hold);
    await this.wake();
  }

  /** No worker has begun it: to the front of what waits, nothing counted. */
  async giveBack(hold: Hold): Promise<boolean> {
    const done = await this.run(SCRIPTS.giveBack, this.keysOf(hold), [hold.id, hold.token]);
    this.drop(hold);
    return done === 1;
  }

  /**
   * Its worker died: to the front of what waits, a stall and no attempt, or failed for good when it has stalled more than `maxStalls` times.
   * Returns its stalls so far; 0: somebody else has it.
   */
  async stall(hold: Hold, cause: string): Promise<number> {
    const { maxStalls } = this.options;
    const stalls = Number(await this.run(SCRIPTS.stallJob, this.keysOf(hold), [hold.id, hold.token, maxStalls]));
    hold.job.stalledCounter = Math.abs(stalls);
    if (stalls < 0) {
      const times = -stalls === 1 ? 'once' : `${-stalls} times`;
      const reason = `worker died ${times} while it ran this job, maxStalls is ${maxStalls}; the last time: ${cause}`;
      await this.failUnrecoverably(hold, reason);
    } else this.drop(hold);
    return Math.abs(stalls);
  }

  /** Ends the connections. What is still held is left to the stall check of another adapter. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.worker.close(true);
    this.redis.disconnect();
  }

  // ---- the inside ------------------------------------------------------------------------------------------------

  private async settle(hold: Hold, move: () => Promise<unknown>): Promise<boolean> {
    const isSettled = await settleJob(hold, move, async () => (await this.renewAll([hold])).length === 0);
    this.drop(hold);
    return isSettled;
  }

  private drop(hold: Hold): void {
    this.holds.delete(hold);
  }

  private async renew(): Promise<void> {
    const holds = [...this.holds];
    const lost = new Set(await this.renewAll(holds));
    for (const hold of holds) if (lost.has(hold.id) && this.holds.has(hold)) this.lose(hold);
  }

  private async renewAll(holds: readonly Hold[]): Promise<string[]> {
    if (holds.length === 0) return [];
    const { keys, opts } = this.worker;
    const pairs = holds.flatMap(({ id, token }) => [id, token]);
    return (await this.run(SCRIPTS.renewLocks, [keys.stalled!, keys.active!], [keys['']!, opts.lockDuration!, ...pairs])) as string[];
  }

  private lose(hold: Hold): void {
    this.drop(hold);
    hold.lost.abort(new BatonError('JOB_LOST', `job ${hold.id} of queue ${this.options.name} is with somebody else, or was removed`));
  }

  /** Redis is back: locks first, before anybody takes the jobs for stalled. */
  private async recover(): Promise<void> {
    await this.renew();
    // A command that takes a job was sent again; now it may have taken two.
    await Promise.allSettled(this.fetching.values());
    await this.giveBackStrays();
  }

  /** Gives back what was taken by a command whose answer was never read. */
  private async giveBackStrays(): Promise<void> {
    const { keys, id: own } = this.worker;
    const found = (await this.run(SCRIPTS.listStrays, [keys.active!], [keys['']!, `${own}:`])) as string[];
    for (let i = 0; i < found.length; i += 2) {
      const [id, token] = [found[i]!, found[i + 1]!];
      const isHeld = [...this.holds].some((hold) => hold.id === id && hold.token === token);
      if (!isHeld && !this.fetching.has(token)) await this.run(SCRIPTS.giveBack, this.keysFor(id), [id, token]);
    }
  }

  private keysOf(hold: Hold): string[] {
    return this.keysFor(hold.id);
  }

  private keysFor(id: string): string[] {
    const { keys } = this.worker;
    const job = `${keys['']}${id}`;
    return [keys.active!, keys.wait!, keys.prioritized!, keys.marker!, keys.meta!, keys.events!, job, `${job}:lock`, keys.stalled!];
  }

  private run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.redis, script, keys, args);
  }

  private every(ms: number, act: () => Promise<void>): void {
    let isBusy = false;
    const timer = setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      act()
        .catch((error: Error) => this.isClosed || this.options.onError(error))
        .finally(() => {
          isBusy = false;
        });
    }, ms);
    this.timers.push(timer.unref());
  }
}

/** The delay that a job names beside a strategy that is not known here. */
function delayOf(job: MinimalJob | undefined): number {
  const backoff = job?.opts.backoff;
  return typeof backoff === 'object' ? (backoff.delay ?? 0) : (backoff ?? 0);
}
