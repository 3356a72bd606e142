import { DEFAULT_LIMITS, type Limits, ListenerAdapter, openHub, type Pool, type QueueSettings } from '@baton/adapter-kit';
import { connectWorker } from '@baton/adapter-kit/testing';
import {
  type JobAnswer,
  type JobDocument,
  type JobLine,
  jobLine,
  type KeySet,
  LineReader,
  type ResponseStream,
  type WorkerSession,
} from '@baton/channel';
import { until } from '@baton/core';
import { DEFAULT_QUEUE_SETTINGS, QueueListener, type QueueListenerOptions } from '../queue/queue-listener.ts';

/** A job that a worker of a test was given. */
export class GivenJob {
  readonly document: JobDocument;
  readonly workerId: string;
  readonly answers: JobAnswer[] = [];
  /** "CAUSE: text" when it was taken away. */
  reset: string | undefined = undefined;
  /** The adapter has read its last line. */
  isHeard = false;
  private readonly stream: ResponseStream;

  constructor(document: JobDocument, workerId: string, stream: ResponseStream) {
    this.document = document;
    this.workerId = workerId;
    this.stream = stream;
    stream.sendHead({ status: 200, reason: 'OK', headers: '', framing: 'close', close: false });
  }

  say(line: JobLine): void {
    this.stream.write(jobLine(line));
  }

  /** Of the request that brought it: name, value, … */
  get headers(): readonly string[] {
    return this.stream.head.headers;
  }

  /** Says how it ended. */
  end(line: JobLine = { type: 'completed', value: null }): void {
    this.say(line);
    this.stream.end();
  }

  fail(name: string, message: string, unrecoverable = false): void {
    this.end({ type: 'failed', name, message, stack: `${name}: ${message}\n    at app.js:1:1`, unrecoverable });
  }
}

export interface QueueStageOptions {
  readonly redisUrl: string;
  readonly queue: string;
  readonly settings?: Partial<QueueSettings>;
  readonly limits?: Partial<Limits>;
  readonly listener?: Partial<QueueListenerOptions>;
}

/** An adapter that serves queue://QUEUE for pool "shop", and workers over real links that end their jobs when the test says so. */
export class QueueStage implements AsyncDisposable {
  readonly core: ListenerAdapter;
  readonly listener: QueueListener;
  readonly pool: Pool;
  /** Jobs in the order in which workers got them. */
  readonly jobs: GivenJob[] = [];
  /** How often the pool asked for a worker. */
  needs = 0;
  /** A worker gives back what comes, unbegun. */
  isRefusing = false;
  private readonly options: QueueStageOptions;

  private constructor(options: QueueStageOptions, core: ListenerAdapter, listener: QueueListener, pool: Pool) {
    this.options = options;
    this.core = core;
    this.listener = listener;
    this.pool = pool;
  }

  static async open(options: QueueStageOptions): Promise<QueueStage> {
    const hub = await openHub({ id: `a${process.hrtime.bigint()}` });
    const { redisUrl } = options;
    const listener = new QueueListener({
      owner: hub.id,
      redisUrl,
      accessLog: undefined,
      tracing: undefined,
      log: undefined,
      ...options.listener,
    });
    const core = new ListenerAdapter({ hub, protocol: 'queue', listener });
    const stage = new QueueStage(options, core, listener, core.addPool('shop'));
    const need = (): void => {
      stage.needs++;
    };
    core.reporter = { need, recycled() {}, unhealthy() {}, tick() {} };
    await stage.configure(options.settings);
    return stage;
  }

  /** Gives the queue other settings, as WAS would. */
  async configure(settings: Partial<QueueSettings> = {}): Promise<void> {
    const { queue, limits } = this.options;
    this.core.addApplication({
      appKey: 'shop',
      pool: 'shop',
      bindings: [`queue://${queue}`],
      limits: { ...DEFAULT_LIMITS, ...limits },
      queues: [{ ...DEFAULT_QUEUE_SETTINGS, ...settings, queue }],
    });
    await this.listener.listen();
  }

  /** Connects generation `generation` of slot shop/1, worker "w" and that number. */
  async connect(generation: number, role: 'activation' | `replacement:${string}` = 'activation'): Promise<WorkerSession> {
    const { hub, pools } = this.core;
    const workerId = `w${generation}`;
    const take = (stream: ResponseStream) => this.take(stream, workerId);
    const setWorkerKeys = (keys: KeySet): void => {
      hub.credentials.keys = keys;
    };
    const session = await connectWorker({ id: hub.id, pools, setWorkerKeys }, take, { workerId, generation, role });
    await until(() => this.pool.place.slots.get('shop/1')?.instances.has(workerId), 20_000, `${workerId} at the adapter`);
    return session;
  }

  /** WAS hears of its death. */
  kill(generation: number): void {
    this.core.instanceGone('shop', 'shop/1', `w${generation}`, 'signal SIGKILL', false);
  }

  handover(from: string, to: string): void {
    this.core.handover('shop', { recycleId: 'r1', slot: 'shop/1', from, to, onlyIfIdle: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
    this.core.close();
    this.core.hub.close();
  }

  private take(stream: ResponseStream, workerId: string) {
    const reader = new LineReader(10_000_000);
    let job: GivenJob | undefined;
    if (this.isRefusing) stream.reset('NOT_BEGUN', 'not now');
    return {
      onData: (chunk: Buffer) => {
        stream.consumed(chunk.length);
        if (this.isRefusing && !job) return;
        for (const line of reader.read(chunk)!) {
          if (job) job.answers.push(JSON.parse(line) as JobAnswer);
          else {
            job = new GivenJob(JSON.parse(line) as JobDocument, workerId, stream);
            this.jobs.push(job);
          }
        }
      },
      onEnd: () => {
        if (job) job.isHeard = true;
      },
      onReset: (cause: string, text: string) => {
        if (job) job.reset = `${cause}: ${text}`;
      },
      onCredit() {},
    };
  }
}
