import { BatonError } from '@baton/core';
import { orderQueue } from '@baton/store';
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Engine } from '../reconcile/engine.ts';
import { recycleAt } from './fire.ts';
import { comparePlans, planTimes } from './plan.ts';

export interface SchedulesOptions {
  readonly engine: Engine;
  readonly redis: Redis;
}

const QUEUE = 'schedule';
/** Schedulers of a cluster that are looked at, at most. */
const MOST_SCHEDULERS = 10_000;
/** A firing that cannot be carried out now is tried again each second for a minute: a new leader waits for its hosts that long at most. */
const FIRING = { attempts: 60, backoff: { type: 'fixed', delay: 1_000 }, removeOnComplete: true, removeOnFail: true } as const;

/**
 * periodicRestart.schedule: a BullMQ job scheduler for each pool and time of day, and the worker that takes their firings for the leader.
 *
 * - Redis keeps the schedulers, so a firing that is due while nobody leads waits for the next leader, and is taken once.
 * - Before a firing is carried out the leader proves that it still leads; a leader that was replaced leaves it to the next one.
 */
export class Schedules {
  readonly #engine: Engine;
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #queue: Queue;
  #worker: Worker | undefined;
  #settling: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor({ engine, redis }: SchedulesOptions) {
    this.#engine = engine;
    this.#redis = redis;
    this.#prefix = orderQueue(engine.cluster.id, '').prefix;
    this.#queue = new Queue(QUEUE, { connection: redis, prefix: this.#prefix, streams: { events: { maxLen: 100 } } });
    this.#queue.on('error', (error) => engine.log.debug({ err: error }, 'the schedule queue has a problem'));
  }

  /** Makes Redis hold the schedulers of the configuration. Called when it changes, at a take-over, and when Redis is back. */
  settle(): Promise<void> {
    this.#settling = this.#settling
      .then(() => this.#settle())
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#engine.log.warn({ err: error }, 'the schedules of pools could not be written to Redis');
      });
    return this.#settling;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // What runs ends in milliseconds; without Redis nothing is waited for.
    const isRedisUp = this.#redis.status === 'ready';
    if (isRedisUp) await this.#settling;
    await Promise.allSettled([this.#worker?.close(!isRedisUp), this.#queue.close()]);
  }

  async #settle(): Promise<void> {
    const { cluster, isStopped } = this.#engine;
    if (this.#isClosed || isStopped || !cluster.config) return;
    await proveLead(this.#engine);
    const wanted = planTimes(cluster.config.parsed.pools);
    const present = await this.#queue.getJobSchedulers(0, MOST_SCHEDULERS);
    const { add, remove } = comparePlans(wanted, present);
    for (const key of remove) await this.#queue.removeJobScheduler(key);
    for (const { id, pool, time, pattern } of add) {
      await this.#queue.upsertJobScheduler(id, { pattern }, { name: 'recycle', data: { pool, time }, opts: FIRING });
    }
    if (wanted.length > 0 && !this.#isClosed) this.#worker ??= this.#open();
  }

  #open(): Worker {
    const worker = new Worker(QUEUE, (job: Job<{ pool: string; time: string }>) => this.#fire(job), {
      connection: this.#redis,
      prefix: this.#prefix,
    });
    worker.on('error', (error) => this.#engine.log.debug({ err: error }, 'the schedule worker has a problem'));
    return worker;
  }

  async #fire({ data: { pool, time }, opts, timestamp }: Job<{ pool: string; time: string }>): Promise<void> {
    try {
      if (this.#engine.isStopped) throw new BatonError('STALE_EPOCH', 'this WAS does not lead any more');
      await proveLead(this.#engine);
    } catch (error) {
      // It takes no more of them; this one is tried again, by the leader.
      if (BatonError.from(error).code === 'STALE_EPOCH') void this.#worker?.close().catch(() => {});
      throw error;
    }
    recycleAt(this.#engine, { pool, time, dueAtMs: opts.prevMillis ?? timestamp + (opts.delay ?? 0) });
  }
}

/** A fenced write that changes nothing: it is refused once another leader has taken over. */
async function proveLead(engine: Engine): Promise<void> {
  await engine.fenced((store) => store.proveEpoch());
}
