/** A job of a queue binding, with the fields and the methods of BullMQ's `Job` that mean something in the midst of it. */
export interface Job<Data = unknown> {
  readonly id: string;
  readonly name: string;
  readonly data: Data;
  readonly opts: Readonly<Record<string, unknown>>;
  /** Attempts that have failed. A worker that died in the midst of one is no attempt. */
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  /** When it was added, Unix ms. */
  readonly timestamp: number;
  readonly priority: number;
  readonly delay: number;
  readonly progress: unknown;
  /** When this attempt began, Unix ms. */
  readonly processedOn: number;
  readonly queueName: string;
  /** How often the process that ran it went away. */
  readonly stalledCounter: number;
  /** W3C trace context; '' = it is not traced. */
  readonly traceparent: string;
  updateProgress(progress: unknown): Promise<void>;
  log(row: unknown): Promise<void>;
  updateData(data: Data): Promise<void>;
  /** `timestamp`: Unix ms. Afterwards throw an error named DelayedError. */
  moveToDelayed(timestamp: number): Promise<void>;
  /** Afterwards throw an error named WaitingError. */
  moveToWait(): Promise<void>;
  /** True: it waits for its children; throw an error named WaitingChildrenError then. */
  moveToWaitingChildren(): Promise<unknown>;
  getChildrenValues(): Promise<unknown>;
}

/**
 * What a module may export as `processJob`, for its queue bindings. What it returns is the job's return value; an error it throws fails the attempt,
 * by BullMQ's rules of retry.
 *
 * - `signal` aborts when the job is cancelled, or given to another worker.
 */
export type ProcessJob<Data = unknown> = (job: Job<Data>, signal: AbortSignal) => unknown;
