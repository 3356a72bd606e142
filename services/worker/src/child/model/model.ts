import type { HostedServer, HttpServer, ServerHost, ThreadPool, WorkerProcessSettings, WriteLog } from '@baton/sdk/host';
import type { ExtensionFigures } from '../../figures.ts';
import type { Assign, AssignedApp, Log, Span, Stats } from '../../messages.ts';
import { AppModel, type SharedModel } from './app-model.ts';
import { LogLines } from './log-lines.ts';
import { runningTrace } from './running-trace.ts';
import { type Sdk, sdk } from './sdk.ts';

export interface ModelParts {
  readonly assign: Assign;
  recycleProcess(reason: string): void;
  /** False: there is no such application. */
  recycleApplication(keyOrPath: string): boolean;
  reportUnhealthy(reason: string, hresult?: number): void;
  send(message: Log | Span): void;
  /** No request is left in the modules of an application, or in its extension. */
  onEmpty(): void;
}

/**
 * The programming model inside one worker process: IHttpServer, the thread pool, and for each application its modules and its extension. Made when
 * something of it is first needed.
 */
export class Model implements SharedModel {
  readonly sdk: Sdk = sdk();
  readonly pool: ThreadPool;
  readonly server: HostedServer;
  readonly log: WriteLog;
  readonly onEmpty: () => void;
  readonly #parts: ModelParts;
  readonly #apps = new Map<string, AppModel>();

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.onEmpty = parts.onEmpty;
    const { assign } = parts;
    const lines = new LogLines(parts.send);
    this.log = (level, message, fields) => lines.write(level, message, fields);
    const { maxPoolThreads, poolThreadLimit } = assign.threadPool;
    const limits = { ...(maxPoolThreads > 0 && { maxPoolThreads }), ...(poolThreadLimit > 0 && { poolThreadLimit }) };
    this.pool = this.sdk.makeThreadPool(limits, this.log);
    this.server = new this.sdk.HostedServer(this.#host(), this.pool);
  }

  /** What stands around the requests of an application. */
  of(app: AssignedApp): AppModel {
    const found = this.#apps.get(app.appKey);
    if (found) return found;
    const made = new AppModel(app, this, this.#parts.assign);
    this.#apps.set(app.appKey, made);
    return made;
  }

  /** Tells the modules of every application, until one has handled it. */
  raiseGlobal(notification: number, provider: object): number {
    for (const app of this.#apps.values()) {
      const answer = app.pipeline.raiseGlobal(notification, provider);
      if (answer !== 0) return answer;
    }
    return 0;
  }

  /** Requests that modules and extensions have in hand: also in RQ_LOG_REQUEST and RQ_END_REQUEST, and with a session that is owed behind a client's end. */
  get inHand(): number {
    let count = 0;
    for (const app of this.#apps.values()) count += app.inHand;
    return count;
  }

  /** The process leaves and has nothing in flight on any channel: nobody else knows what it still waits for. */
  tellWaiting(): void {
    if (this.inHand > 0)
      this.log('info', `The worker waits for its modules and extensions: requests that no client waits for, ${this.inHand}.`);
  }

  /** For the report of each second. */
  figures(): Pick<Stats, 'threadPool' | 'extensions'> {
    const { active, queued, maxThreads, completed, longestQueuedMs } = this.pool.stats;
    const threadPool = { active, queued, maxThreads, completed, longestQueuedMs: Math.round(longestQueuedMs) };
    let extensions: ExtensionFigures | undefined;
    for (const { extensionFigures: one } of this.#apps.values())
      if (one) extensions = { owed: one.owed + (extensions?.owed ?? 0), abandoned: one.abandoned + (extensions?.abandoned ?? 0) };
    return { threadPool, ...(extensions && { extensions }) };
  }

  /** The process ends: applications stop, modules are unloaded. Once. */
  async end(): Promise<void> {
    const apps = [...this.#apps.values()];
    this.#apps.clear();
    await Promise.all(apps.map((app) => app.end()));
    this.server.close();
  }

  #host(): ServerHost {
    const { assign, ...parts } = this.#parts;
    const { workerId: id, pool, slot, generation } = assign;
    return {
      worker: { id, pool, slot, generation },
      isCommandLine: false,
      settings: settingsOf(assign),
      recycleProcess: parts.recycleProcess,
      recycleApplication: (keyOrPath) => {
        if (parts.recycleApplication(keyOrPath)) return;
        const known = assign.apps.map(({ appKey }) => appKey).join(', ');
        throw new this.sdk.HostError(
          'ERROR_PATH_NOT_FOUND',
          `There is no application ${JSON.stringify(keyOrPath)} in this process. Name one of ${known}, its entry or its folder.`,
        );
      },
      reportUnhealthy: parts.reportUnhealthy,
      log: this.log,
      raiseGlobal: (notification, provider) => this.raiseGlobal(notification, provider),
      activeTrace: runningTrace,
      recordSpan: (span) => parts.send({ type: 'span', ...span }),
    };
  }
}

function settingsOf(assign: Assign): WorkerProcessSettings {
  const { pool, workerId, slot, generation, idleTimeoutMs, startupTimeLimitMs, shutdownTimeLimitMs, facts } = assign;
  return Object.freeze({
    applicationPool: pool,
    workerId,
    slot,
    generation,
    idleTimeoutMs,
    startupTimeLimitMs,
    shutdownTimeLimitMs,
    ...facts,
  });
}

/** Makes the model when it is first asked for. */
export class LazyModel {
  readonly #parts: ModelParts;
  #made: Model | undefined;

  constructor(parts: ModelParts) {
    this.#parts = parts;
  }

  /** Undefined: nobody has needed it. */
  get made(): Model | undefined {
    return this.#made;
  }

  get(): Model {
    this.#made ??= new Model(this.#parts);
    return this.#made;
  }

  get server(): HttpServer {
    return this.get().server;
  }
}
