import type { IncomingMessage, ServerResponse } from 'node:http';
import { GL_PRE_BEGIN_REQUEST } from '../constants/global-notifications.ts';
import { ApplicationContext } from '../context/application-context.ts';
import type { ApplicationFacts } from '../context/http-application.ts';
import type { HttpServer } from '../server/http-server.ts';
import type { TraceContext, WriteLog } from '../server/server-host.ts';
import { type GlobalChains, makeGlobalChains, raiseInChain } from './global-chain.ts';
import { loadModule } from './load-module.ts';
import { PendingWatch } from './pending-watch.ts';
import { makePlan, type Plan } from './plan.ts';
import type { Registration } from './registration.ts';
import { type Execute, RequestRun } from './request-run.ts';
import { unloadModule } from './unload-module.ts';
import type { Walk } from './walk.ts';

/** What a pipeline asks of the thread pool: runs `routine` in a slot, in the order of arrival. */
export interface CompletionSlots {
  post(routine: () => unknown, name?: string): void;
}

export interface PipelineParts {
  readonly server: HttpServer;
  readonly pool: CompletionSlots;
  readonly app: ApplicationFacts;
  readonly log: WriteLog;
  /** A request without a deadline that a module has left PENDING is named after so long, ms. @default 30000 */
  readonly warnPendingMs?: number;
  /** The last request that was in it has left. */
  readonly onEmpty?: () => void;
}

export interface RunOptions {
  /** When the request is to be answered at the latest, Unix ms. @default none */
  readonly deadlineAtMs?: number;
  /** The trace it belongs to. @default none */
  readonly trace?: TraceContext;
  /** Hands a child request to the app; one function for all requests of a server. @default child requests are ERROR_NOT_SUPPORTED */
  readonly serve?: (req: IncomingMessage, res: ServerResponse) => void;
}

/** The modules of one application, and the requests that are going through them. */
export class Pipeline {
  readonly server: HttpServer;
  readonly pool: CompletionSlots;
  readonly application: ApplicationContext;
  readonly log: WriteLog;
  readonly #current = new Set<RequestRun>();
  readonly #watch: PendingWatch;
  readonly #onEmpty: (() => void) | undefined;
  readonly #modules: Registration[] = [];
  #plan: Plan = makePlan([]);
  #globals: GlobalChains = new Map();
  #isTerminated = false;

  constructor({ server, pool, app, log, warnPendingMs, onEmpty }: PipelineParts) {
    this.server = server;
    this.pool = pool;
    this.application = new ApplicationContext(app, { server, log });
    this.log = log;
    this.#onEmpty = onEmpty;
    this.#watch = new PendingWatch(this.#current, warnPendingMs);
  }

  /**
   * Calls the module's `registerModule`; it comes behind those that are here.
   *
   * - `name`: its name in lists, logs and statistics.
   * - Throws HostError with the name when there is none, and when it throws or rejects. It is unloaded then, and so is one that comes after `terminate`.
   */
  async register(name: string, exported: unknown): Promise<void> {
    const registration = await loadModule(name, exported, this.server, this.log);
    if (this.#isTerminated) return unloadModule(registration, this.log);
    this.#modules.push(registration);
    this.#plan = makePlan(this.#modules);
    this.#globals = makeGlobalChains(this.#modules);
  }

  /** Whether no module hears of any request: they may go to the app as they are. */
  get isEmpty(): boolean {
    return this.#modules.every(({ requestMask, postMask }) => (requestMask | postMask) === 0) && !this.#globals.has(GL_PRE_BEGIN_REQUEST);
  }

  /** The requests that are in it. */
  get current(): ReadonlySet<RequestRun> {
    return this.#current;
  }

  /**
   * Takes one request through the twelve steps; returns where it is first PENDING, or when it is with the app.
   *
   * - `execute`: hands it to the app. The step ends with the response, or with `done`.
   */
  run(req: IncomingMessage, res: ServerResponse, execute: Execute, options?: RunOptions): RequestRun {
    const run = new RequestRun(this, this.#plan, req, res, execute, options);
    if (this.#globals.has(GL_PRE_BEGIN_REQUEST)) this.raiseGlobal(GL_PRE_BEGIN_REQUEST, { getHttpContext: () => run.context });
    run.start();
    return run;
  }

  /** Tells global modules: GL_NOTIFICATION_CONTINUE, or GL_NOTIFICATION_HANDLED when one has handled it. Throws for a bit that is none. */
  raiseGlobal(notification: number, provider: object): number {
    return raiseInChain(this.#globals, this.log, notification, provider);
  }

  /** A handler has left a request PENDING. */
  watch(walk: Walk): void {
    this.#watch.enter(walk);
  }

  /** A request begins. */
  enter(run: RequestRun): void {
    this.#current.add(run);
  }

  /** A request has ended. */
  left(run: RequestRun): void {
    if (this.#current.delete(run) && this.#current.size === 0) this.#onEmpty?.();
  }

  /** Unloads the modules, the one loaded last first; once. Each is waited for; what it throws or rejects with is logged. */
  async terminate(): Promise<void> {
    if (this.#isTerminated) return;
    this.#isTerminated = true;
    this.#watch.stop();
    for (const registration of this.#modules.toReversed()) {
      const unloading = unloadModule(registration, this.log);
      if (unloading) await unloading;
    }
    this.application.release();
  }
}
