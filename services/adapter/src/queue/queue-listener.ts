import type { Application, ProtocolListener, QueueSettings } from '@baton/adapter-kit';
import { BatonError } from '@baton/core';
import type { AdapterLog } from '../adapter-options.ts';
import type { LineFile } from '../log/access-log.ts';
import type { TracingParts } from '../telemetry/request-tracing.ts';
import type { Hold } from './bull/hold.ts';
import { writeJobLine } from './job-line.ts';
import { JobTrace } from './job-trace.ts';
import type { JobWork } from './job-work.ts';
import { parseQueueBinding } from './queue-binding.ts';
import { Subscription } from './subscription.ts';

/** What a queue binding gets that `queues` of baton.yaml says nothing of. */
export const DEFAULT_QUEUE_SETTINGS: Omit<QueueSettings, 'queue'> = Object.freeze({
  concurrency: 10,
  rateMax: 0,
  rateDurationMs: 0,
  maxStalls: 3,
  redisUrl: '',
  prefix: 'bull',
});

export interface QueueListenerOptions {
  /** Shown as the one that processes the jobs. */
  readonly owner: string;
  /** Of queues that name no Redis; empty: they have none. */
  readonly redisUrl: string;
  readonly accessLog: LineFile | undefined;
  readonly tracing: TracingParts | undefined;
  readonly log: AdapterLog | undefined;
  /** For tests. */
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
}

interface Site {
  readonly app: Application;
  readonly queues: readonly QueueSettings[];
}

/** The public side of the protocol "queue": one job is one request of a channel. */
export class QueueListener implements ProtocolListener {
  /** By application, address and everything that cannot change while jobs are held. */
  readonly subscriptions = new Map<string, Subscription>();
  private readonly sites = new Map<string, Site>();
  /** Their bindings are gone, and some of their jobs still run. */
  private readonly retiring = new Set<Subscription>();
  private readonly options: QueueListenerOptions;
  private isOver = false;

  constructor(options: QueueListenerOptions) {
    this.options = options;
  }

  /** Throws CONFIG_INVALID for a binding that cannot be read, or that has no Redis. */
  applicationCreated(app: Application): void {
    const queues = app.bindings.map((binding) => this.settingsOf(app, parseQueueBinding(binding)));
    this.sites.set(app.appKey, { app, queues });
  }

  applicationDeleted(appKey: string): void {
    this.sites.delete(appKey);
  }

  /** Subscribes to what the bindings name, and to nothing else. Jobs of a binding that is gone end first. */
  async listen(): Promise<void> {
    if (this.isOver) return;
    const named = new Set<string>();
    for (const { app, queues } of this.sites.values()) {
      for (const settings of queues) {
        const key = keyOf(app, settings);
        named.add(key);
        const known = this.subscriptions.get(key);
        if (known) known.apply(app, settings.concurrency);
        else this.subscriptions.set(key, this.subscribe(app, settings));
      }
    }
    for (const [key, subscription] of this.subscriptions) {
      if (named.has(key)) continue;
      this.subscriptions.delete(key);
      this.retiring.add(subscription);
      void subscription.retire(() => this.isServed(subscription.address)).finally(() => this.retiring.delete(subscription));
    }
  }

  sweep(now: number): void {
    for (const subscription of this.all()) subscription.sweep(now);
  }

  /** Takes no job any more, and resolves when none is held. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.isOver = true;
    await Promise.all(this.all().map((subscription) => subscription.drain(signal)));
  }

  async close(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.all().map((subscription) => subscription.close()));
  }

  private all(): readonly Subscription[] {
    return [...this.subscriptions.values(), ...this.retiring];
  }

  private isServed(address: string): boolean {
    return [...this.subscriptions.values()].some((other) => other.address === address);
  }

  private settingsOf(app: Application, queue: string): QueueSettings {
    const given = app.queues.find((settings) => settings.queue === queue) ?? { queue, ...DEFAULT_QUEUE_SETTINGS };
    const redisUrl = given.redisUrl || this.options.redisUrl;
    if (redisUrl === '') {
      const what = `queue://${queue} of application ${app.appKey} has no Redis: start the adapter with --redis, or name one in queues.${queue}.redis`;
      throw new BatonError('CONFIG_INVALID', what);
    }
    return { ...given, redisUrl };
  }

  private subscribe(app: Application, settings: QueueSettings): Subscription {
    const { owner, log, lockDurationMs, stalledIntervalMs } = this.options;
    const facts = { app: app.appKey, queue: settings.queue };
    return new Subscription({
      app,
      settings,
      owner,
      now,
      begin: (hold) => this.trace(hold),
      onEnded: (work) => this.ended(work),
      onError: (error) => log?.warn({ ...facts, code: BatonError.from(error).code }, error.message),
      onLine: (line) => log?.warn(facts, line),
      ...(lockDurationMs === undefined ? {} : { lockDurationMs }),
      ...(stalledIntervalMs === undefined ? {} : { stalledIntervalMs }),
    });
  }

  private trace(hold: Hold): JobTrace | undefined {
    const { tracing } = this.options;
    const start = tracing?.sampler.sample(hold.traceparent);
    return tracing && start ? new JobTrace(start, tracing.spans, Date.now() - now()) : undefined;
  }

  private ended(work: JobWork): void {
    const at = now();
    const { app, errorCode, outcome, arrivedAtMs, trace } = work;
    app!.counters.ended('JOB', outcome === 'completed' ? 200 : outcome === 'failed' ? 500 : 0, errorCode, at - arrivedAtMs);
    trace?.end(work, at);
    const { accessLog } = this.options;
    if (accessLog !== undefined) writeJobLine(accessLog, work, at);
  }
}

const keyOf = ({ appKey }: Application, { queue, redisUrl, prefix, rateMax, rateDurationMs, maxStalls }: QueueSettings): string =>
  JSON.stringify([appKey, queue, redisUrl, prefix, rateMax, rateDurationMs, maxStalls]);

const now = (): number => performance.now();
