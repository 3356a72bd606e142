/** A job as a worker gets it: the first line of a request's body on a channel of protocol "queue" (docs/channel.md). Names are BullMQ's. */
export interface JobDocument {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly opts: Readonly<Record<string, unknown>>;
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  readonly stalledCounter: number;
  /** Unix ms. */
  readonly timestamp: number;
  readonly processedOn: number;
  readonly priority: number;
  readonly delay: number;
  readonly progress: unknown;
  readonly parent?: unknown;
  readonly parentKey?: string | undefined;
  readonly repeatJobKey?: string | undefined;
  readonly deduplicationId?: string | undefined;
  readonly failedReason?: string | undefined;
  readonly stacktrace: readonly string[];
  readonly queueName: string;
  readonly queueQualifiedName: string;
  readonly prefix: string;
  /** Of the lock. */
  readonly token: string;
}

/** What a processor may ask of its queue and waits for; `args` are those of BullMQ's method without the token. */
export const JOB_QUESTIONS = [
  'moveToDelayed',
  'moveToWait',
  'moveToWaitingChildren',
  'getChildrenValues',
  'getIgnoredChildrenFailures',
  'getDependencies',
  'getDependenciesCount',
] as const;

export type JobQuestion = (typeof JOB_QUESTIONS)[number];

/** A line from the worker; the last one is `completed` or `failed`. */
export type JobLine =
  | { readonly type: 'progress'; readonly value: unknown }
  | { readonly type: 'log'; readonly row: string }
  | { readonly type: 'data'; readonly value: unknown }
  | { readonly type: 'ask'; readonly id: number; readonly what: JobQuestion; readonly args: readonly unknown[] }
  | { readonly type: 'completed'; readonly value: unknown }
  | { readonly type: 'failed'; readonly name: string; readonly message: string; readonly stack: string; readonly unrecoverable: boolean };

/** A line to the worker behind the job. `error`: it could not be done. */
export interface JobAnswer {
  readonly type: 'answer';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** One line on the wire. JSON itself holds no line end. */
export const jobLine = (message: JobDocument | JobLine | JobAnswer): Buffer => Buffer.from(`${JSON.stringify(message)}\n`);
