import { type Job, type RedisQueueBackend, Worker, type WorkerOptions } from 'bullmq';

/** What one attempt to take a job brought. */
export interface Taken {
  readonly job: Job | undefined;
  /** Above 0: the rate is used up for so long. */
  readonly limitedMs: number;
  /** Unix ms at which the next delayed job is due; 0: there is none. */
  readonly delayedUntil: number;
}

/**
 * BullMQ's worker without its loop ("manually fetching jobs"): the two steps that an adapter has to keep apart, waiting for a job and taking it.
 *
 * - Upstream's `getNextJob` waits and takes in one call; what it takes when the pool has stopped meanwhile would have to go back.
 */
export class QueueWorker extends Worker<unknown, unknown, string, RedisQueueBackend> {
  constructor(name: string, options: WorkerOptions) {
    super(name, null, { ...options, autorun: false });
  }

  /** Takes the next job and locks it; does not wait for one. */
  async take(token: string): Promise<Taken> {
    const [data, id, limitedMs, delayedUntil] = await this.backend.moveToActive(token, this.opts.name);
    // Adds the next job of a job scheduler, too.
    const job = data ? await this.nextJobFromJobData(data, id, token) : undefined;
    return { job, limitedMs: Math.max(0, limitedMs ?? 0), delayedUntil: Math.max(0, delayedUntil ?? 0) };
  }

  /** Waits until a job was added or a delayed one is known. Returns when it is due in Unix ms (0: at once), undefined when the time has passed. */
  async wait(seconds: number): Promise<number | undefined> {
    return (await this.backend.waitForJob(seconds))?.score;
  }
}
