import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';

export interface OrderQueueOptions {
  /** Must have `maxRetriesPerRequest: null`: orders wait while Redis is away. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly queue: string;
  readonly epochKey: string;
  /** Compares and enters, synchronously; what it returns is kept nowhere. */
  readonly enter: (jobId: string, data: unknown, epochInRedis: number) => void;
  readonly onError: (error: Error) => void;
}

/** Orders taken at once: no order waits for another slot's, and a job lasts one round trip to Redis. */
const CONCURRENCY = 100;

/**
 * Takes this host's orders from its queue.
 *
 * - A job reads the epoch from Redis and then enters the order in one synchronous step; with that it ends. Progress is told as events.
 * - All reads of the epoch go over one connection, so orders are entered in the order in which they were taken.
 * - A job that stalls, because this host stood still, runs again: entering is idempotent.
 */
export class OrderQueue {
  readonly #worker: Worker;

  constructor(options: OrderQueueOptions) {
    const { redis, prefix, queue, epochKey, enter, onError } = options;
    this.#worker = new Worker(
      queue,
      async (job) => {
        const epoch = Number((await redis.get(epochKey)) ?? 0);
        enter(job.id ?? '', job.data, epoch);
      },
      {
        connection: redis,
        prefix,
        concurrency: CONCURRENCY,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
        maxStalledCount: 10,
        stalledInterval: 5_000,
        // an outage of Redis must not cost longer than itself
        runRetryDelay: 500,
      },
    );
    this.#worker.on('error', onError);
  }

  /** Connected and taking orders. */
  async ready(): Promise<void> {
    await this.#worker.waitUntilReady();
  }

  /** Takes no further order. Without Redis there is nothing to wait for. */
  async close(force: boolean): Promise<void> {
    await this.#worker.close(force);
  }
}
