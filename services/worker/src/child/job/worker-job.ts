import type { JobDocument, JobQuestion } from '@baton/channel';

/** How a job reaches its queue: through the adapter that holds it. */
export interface JobLink {
  /** Resolves when it is on its way and there is room for more. */
  tell(line: { type: 'progress' | 'data'; value: unknown } | { type: 'log'; row: string }): Promise<void>;
  ask(what: JobQuestion, args: readonly unknown[]): Promise<unknown>;
}

/** Methods of BullMQ's Job that need a connection to Redis of one's own. */
const NOT_HERE = [
  'addJob',
  'changeDelay',
  'changePriority',
  'clearLogs',
  'getFailedChildrenValues',
  'moveToCompleted',
  'moveToFailed',
  'promote',
  'remove',
  'removeChildDependency',
  'removeDeduplicationKey',
  'removeUnprocessedChildren',
  'retry',
  'waitUntilFinished',
] as const;

/**
 * The job that a processor gets: the facts of BullMQ's Job under the same names, and its methods as far as a processor file of BullMQ has them.
 *
 * - Everything goes through the adapter, which holds the job and its lock: the app needs no Redis.
 * - `extendLock` does nothing: the adapter renews the lock as long as the worker lives.
 * - A method that needs a connection of one's own rejects and says so.
 */
export class WorkerJob {
  readonly id!: string;
  readonly name!: string;
  data: unknown;
  readonly opts!: Readonly<Record<string, unknown>>;
  readonly attemptsMade!: number;
  readonly attemptsStarted!: number;
  readonly stalledCounter!: number;
  readonly timestamp!: number;
  readonly processedOn!: number;
  readonly priority!: number;
  delay!: number;
  progress: unknown;
  readonly queueName!: string;
  readonly queueQualifiedName!: string;
  readonly token!: string;
  /** W3C trace context of whoever added the job, or of the adapter's span; empty: it is not traced. */
  readonly traceparent: string;
  readonly #link: JobLink;

  constructor(document: JobDocument, traceparent: string, link: JobLink) {
    Object.assign(this, document);
    this.traceparent = traceparent;
    this.#link = link;
  }

  async updateProgress(progress: unknown): Promise<void> {
    this.progress = progress;
    await this.#link.tell({ type: 'progress', value: progress });
  }

  async log(row: unknown): Promise<void> {
    await this.#link.tell({ type: 'log', row: String(row) });
  }

  async updateData(data: unknown): Promise<void> {
    this.data = data;
    await this.#link.tell({ type: 'data', value: data });
  }

  /** Afterwards the processor throws DelayedError. `timestamp`: Unix ms. */
  async moveToDelayed(timestamp: number, _token?: string): Promise<void> {
    await this.#link.ask('moveToDelayed', [timestamp]);
  }

  /** Afterwards the processor throws WaitingError. */
  async moveToWait(_token?: string): Promise<void> {
    await this.#link.ask('moveToWait', []);
  }

  /** True: it waits for children, and the processor throws WaitingChildrenError. */
  async moveToWaitingChildren(_token?: string, options: object = {}): Promise<unknown> {
    return await this.#link.ask('moveToWaitingChildren', [options]);
  }

  async getChildrenValues(): Promise<unknown> {
    return await this.#link.ask('getChildrenValues', []);
  }

  async getIgnoredChildrenFailures(): Promise<unknown> {
    return await this.#link.ask('getIgnoredChildrenFailures', []);
  }

  async getDependencies(options: object = {}): Promise<unknown> {
    return await this.#link.ask('getDependencies', [options]);
  }

  async getDependenciesCount(options: object = {}): Promise<unknown> {
    return await this.#link.ask('getDependenciesCount', [options]);
  }

  /** The adapter renews the lock. */
  async extendLock(): Promise<number> {
    return 1;
  }

  async getState(): Promise<'active'> {
    return 'active';
  }

  async isActive(): Promise<boolean> {
    return true;
  }

  toJSON(): object {
    return { ...this };
  }
}

for (const name of NOT_HERE) {
  Object.defineProperty(WorkerJob.prototype, name, {
    value: async () => {
      throw new Error(`job.${name} is not available in a hosted processor: do it with a Queue of the app's own`);
    },
    configurable: true,
    writable: true,
  });
}
