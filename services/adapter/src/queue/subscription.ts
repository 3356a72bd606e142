import type { Application, QueueSettings } from '@baton/adapter-kit';
import { BatonError, backoffMs, type Deferred, defer, sleep } from '@baton/core';
import { BullQueue } from './bull/bull-queue.ts';
import type { Hold } from './bull/hold.ts';
import type { JobTrace } from './job-trace.ts';
import { type JobEvents, JobWork } from './job-work.ts';

/** Longest wait for a marker, s; BullMQ's drainDelay. Past it a job is looked for whether there was one or not. */
const LOOK_S = 5;
/** Longest pause for a rate limit, ms, so that delayed jobs are promoted meanwhile; BullMQ's maximumRateLimitDelay. */
const LIMIT_MS = 30_000;
/** Pause after an error of Redis. */
const RETRY_MS = 500;
/** How long Redis may take to take back what an adapter holds at its end. */
const SETTLE_MS = 5_000;
const LEFT = 'jobs could not be given back before the adapter ended; another finds them when their locks have expired';
/** Pauses after a job that should have woken its pool went back. */
const WAKE_AGAIN = { firstMs: 1_000, maxMs: 30_000 };

export interface SubscriptionOptions {
  readonly app: Application;
  readonly settings: QueueSettings;
  readonly owner: string;
  readonly now: () => number;
  readonly begin: (hold: Hold) => JobTrace | undefined;
  readonly onEnded: (work: JobWork) => void;
  readonly onError: (error: Error) => void;
  readonly onLine: (line: string) => void;
  /** For tests. */
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
}

/**
 * One queue binding of an app on this adapter: takes jobs as long as somebody runs them, and holds them until they end.
 *
 * - Nothing is taken while no instance takes work, except one job, whose waiting wakes the pool; and nothing while a job waits for a worker.
 * - The step from one worker of a slot to the next moves what is taken from then on; what runs stays where it is.
 */
export class Subscription implements JobEvents {
  readonly works = new Set<JobWork>();
  readonly queue: BullQueue;
  /** The queue, whoever subscribes to it. */
  readonly address: string;
  private app: Application;
  private readonly options: SubscriptionOptions;
  private concurrency: number;
  /** The limit that Redis has from here; undefined: none yet. */
  private limited: number | undefined = undefined;
  private isOpened = false;
  private readonly closed = new AbortController();
  private isRetired = false;
  private kicked: Deferred<void> = defer();
  /** Resolved when no job is held; undefined: nobody waits for that. */
  private emptied: Deferred<void> | undefined = undefined;
  private isPaused = false;
  private failedWakes = 0;
  private wakeAtMs = 0;
  private readonly loop: Promise<void>;
  private readonly returning = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined = undefined;

  constructor(options: SubscriptionOptions) {
    const { app, settings, owner, onError, onLine, lockDurationMs, stalledIntervalMs } = options;
    this.app = app;
    this.options = options;
    this.concurrency = settings.concurrency;
    this.address = JSON.stringify([settings.redisUrl, settings.prefix, settings.queue]);
    this.queue = new BullQueue({
      redisUrl: settings.redisUrl,
      name: settings.queue,
      prefix: settings.prefix,
      owner,
      rateMax: settings.rateMax,
      rateDurationMs: settings.rateDurationMs,
      maxStalls: settings.maxStalls,
      onError,
      onLine,
      ...(lockDurationMs === undefined ? {} : { lockDurationMs }),
      ...(stalledIntervalMs === undefined ? {} : { stalledIntervalMs }),
    });
    this.loop = this.run();
  }

  /** The application, or how many jobs may run at once, has changed. */
  apply(app: Application, concurrency: number): void {
    this.app = app;
    this.concurrency = concurrency;
    // Also while nothing may be taken here; what Redis refuses is tried again before the next job is.
    this.limit().catch(this.options.onError);
    this.kick();
  }

  /** Jobs that may be taken now. */
  get room(): number {
    const { place, isBlocked } = this.app;
    if (this.isRetired || isBlocked || !place.isEnabled || place.parked.size > 0) return 0;
    if (!place.isTaking) return this.options.now() >= this.wakeAtMs ? 1 : 0;
    return Math.max(0, this.concurrency - this.queue.holds.size);
  }

  sweep(now: number): void {
    for (const work of this.works) if (work.deadlineAtMs <= now) work.onDeadline();
    if (this.isPaused && this.room > 0) this.kick();
  }

  /** Takes nothing any more, gives back what waits, and resolves when nothing runs. What runs past `signal` is given up, and goes back as stalled. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.isRetired = true;
    this.kick();
    for (const work of this.works) if (!work.isOpen) work.abandon();
    if (await this.empty(signal)) return;
    for (const work of this.works) work.abandon();
    if (!(await this.empty(AbortSignal.timeout(SETTLE_MS)))) this.options.onError(new BatonError('REDIS_UNREACHABLE', LEFT));
  }

  private async empty(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.works.size === 0) return true;
    this.emptied ??= defer();
    const over = new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.emptied.promise, over]);
    return this.works.size === 0;
  }

  /** The binding is gone. `isLimited` says behind the last job whether another one limits the queue from now on. */
  async retire(isLimited: () => boolean): Promise<void> {
    await this.drain();
    if (!isLimited()) {
      const cleared = this.queue.clearConcurrency(this.concurrency);
      await Promise.race([cleared, sleep(SETTLE_MS, undefined, true)]).catch(this.options.onError);
    }
    await this.close();
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    this.isRetired = true;
    this.closed.abort();
    this.kick();
    await Promise.race([this.returned(), sleep(SETTLE_MS, undefined, true)]);
    await this.queue.close();
    await this.loop;
  }

  /** What was being taken when it ended has gone back. */
  private async returned(): Promise<void> {
    await this.queue.fetched();
    await Promise.allSettled(this.returning);
  }

  // ---- what jobs say ---------------------------------------------------------------------------------------------

  onDelivered(): void {
    this.failedWakes = 0;
    this.wakeAtMs = 0;
    this.kick();
  }

  onGivenBack(): void {
    // A pool that is stopped is not tried, and one that is started again at once.
    if (this.app.place.isEnabled) this.wakeAtMs = this.options.now() + backoffMs(this.failedWakes++, WAKE_AGAIN);
  }

  onEnded(work: JobWork): void {
    this.works.delete(work);
    this.options.onEnded(work);
    if (this.works.size === 0) this.emptied?.resolve();
    if (this.isPaused && this.room > 0) this.kick();
    // Somebody else may have to take the next one.
    else if (!this.closed.signal.aborted) this.queue.wake().catch(this.options.onError);
  }

  onError(work: JobWork, error: Error): void {
    this.options.onError(BatonError.from(error, 'INTERNAL', `job ${work.hold.id}`));
  }

  // ---- taking jobs -----------------------------------------------------------------------------------------------

  private kick(): void {
    this.kicked.resolve();
  }

  private async run(): Promise<void> {
    const { signal } = this.closed;
    while (!signal.aborted) {
      try {
        if (!(await this.isReady())) return;
        if (this.room === 0) {
          this.isPaused = true;
          this.kicked = defer();
          if (this.room === 0) await this.kicked.promise;
          this.isPaused = false;
          continue;
        }
        const { hold, limitedMs, delayedUntil } = await this.queue.fetch();
        if (hold) this.take(hold);
        else if (limitedMs > 0) await sleep(Math.min(limitedMs, LIMIT_MS), signal, true);
        else await this.wait(delayedUntil);
      } catch (error) {
        if (signal.aborted) return;
        this.options.onError(error as Error);
        await sleep(RETRY_MS, signal, true).catch(() => {});
      }
    }
  }

  /** Redis has the limit, and stalled jobs are looked for: before that nothing is taken. False: closed meanwhile. Rejects when Redis refuses. */
  private async isReady(): Promise<boolean> {
    if (this.isOpened && this.limited === this.concurrency) return true;
    const { signal } = this.closed;
    const opened = this.limit().then(async () => {
      if (!this.isOpened) await this.queue.open();
    });
    await Promise.race([opened, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
    this.isOpened = !signal.aborted;
    return this.isOpened;
  }

  private async limit(): Promise<void> {
    const { concurrency } = this;
    if (this.limited === concurrency) return;
    await this.queue.setConcurrency(concurrency);
    this.limited = concurrency;
  }

  private take(hold: Hold): void {
    const { app, queue, options } = this;
    const { deferredFailure } = hold.job;
    // Its children failed, or it has stalled too often under somebody else: it is not run.
    if (deferredFailure) {
      this.settle(queue.failUnrecoverably(hold, deferredFailure));
      return;
    }
    if (this.isRetired) {
      this.settle(queue.giveBack(hold));
      return;
    }
    const { queue: queueName, prefix } = options.settings;
    const work = new JobWork({ queue, queueName, prefix, hold, trace: options.begin(hold), now: options.now, events: this });
    this.works.add(work);
    work.place(app);
  }

  private settle(settling: Promise<unknown>): void {
    const returning = settling.catch(this.options.onError).finally(() => this.returning.delete(returning));
    this.returning.add(returning);
  }

  /** Waits until there may be a job again. */
  private async wait(delayedUntil: number): Promise<void> {
    const { signal } = this.closed;
    for (let due = delayedUntil; !signal.aborted; ) {
      const seconds = due > 0 ? Math.min(LOOK_S, Math.max(0.002, (due - Date.now()) / 1_000)) : LOOK_S;
      const next = await this.queue.wait(seconds);
      if (next === undefined || next <= Date.now()) break;
      due = next;
    }
    // What woke this adapter may be for another.
    if (!signal.aborted && this.room === 0) await this.queue.wake();
  }
}
