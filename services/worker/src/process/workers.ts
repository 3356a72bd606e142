import { BatonError, type ErrorCode } from '@baton/core';
import { inTrace, type Logger, NO_SPANS, type SpanWriter } from '@baton/telemetry';
import type { Assign, AssignedApp, ChannelRef, Stats, WishName } from '../messages.ts';
import type { ConnectVerb, Order, StartVerb, StopVerb } from '../slots/order.ts';
import type { SlotTable } from '../slots/table.ts';
import { appSink } from './app-sink.ts';
import type { Child, ChildOwner } from './child.ts';
import { resolveEntry } from './entry.ts';
import { type Environment, resolveEnvironment } from './environment.ts';
import { writeOperation } from './operation-span.ts';
import type { LineSink } from './output.ts';
import { proveFirst } from './prove-first.ts';
import { SlotTotals } from './slot-totals.ts';
import type { Spares } from './spares.ts';
import { keyText, PLAIN_KEY, type SpawnKey, spawnKey } from './spawn-key.ts';
import { StartTrace } from './start-trace.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkersOptions {
  readonly table: SlotTable;
  readonly spares: Spares;
  readonly spawn: (key: SpawnKey, owner: ChildOwner, sink: LineSink) => Child;
  readonly appRoot: string;
  /** Worker processes this host takes at most. */
  readonly capacity: number;
  /** What of the host's environment an app may see. */
  readonly inherited: Environment;
  /** Where `fromEnv` looks. */
  readonly hostEnvironment: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Where spans of starts go. @default nowhere */
  readonly spans?: SpanWriter | undefined;
  readonly onIdle: (workerId: string, connected: readonly ChannelRef[]) => void;
  readonly onRecycle: (workerId: string, reason: string) => void;
  readonly onUnhealthy: (workerId: string, reason: string) => void;
}

type OrderOf<V> = Order & { readonly verb: V };

const NOBODY: ChildOwner = { onMessage: () => undefined, onEnd: () => undefined };

/** The worker processes of this host: carries out entered orders, and tells the slot table what became of them. */
export class Workers {
  /** Routines of thread pools that have ended. */
  readonly routinesEnded = new SlotTotals();
  /** Sessions of extensions that workers have ended in the extension's place. */
  readonly sessionsAbandoned = new SlotTotals();
  readonly #options: WorkersOptions;
  readonly #running = new Map<string, WorkerProcess>();
  #onEmpty: (() => void) | undefined;
  #startedCount = 0;
  #failedCount = 0;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** Starts ordered since the host began. */
  get startedCount(): number {
    return this.#startedCount;
  }

  /** Workers that ended unasked since the host began. */
  get failedCount(): number {
    return this.#failedCount;
  }

  /** What a worker last said of itself. */
  stats(workerId: string): Stats | undefined {
    return this.#running.get(workerId)?.stats;
  }

  start(order: OrderOf<StartVerb>): void {
    const { table, capacity, log } = this.#options;
    const { workerId, verb } = order;
    const facts = { pool: order.pool, worker: workerId, slot: order.slot, generation: order.generation };
    const trace = new StartTrace(order, this.#options.spans ?? NO_SPANS);
    const worker = new WorkerProcess(verb.startupTimeLimitMs, {
      onSpawned: (pid, fromSpare) => {
        trace.spawned(pid, fromSpare);
        const text = `worker ${workerId} of ${order.slot} (generation ${order.generation}) starts`;
        inTrace(trace.context, () => log.info({ ...facts, pid, fromSpare }, text));
        table.apply(workerId, { type: 'spawned', pid, fromSpare });
      },
      onListening: () => table.apply(workerId, { type: 'listening' }),
      onExtraListen: (wanted, actual) => {
        log.info({ ...facts, wanted, actual }, `the app listens on ${wanted}, which no binding names: it got ${actual}`);
        table.apply(workerId, { type: 'extraListen', wanted, actual });
      },
      onConnected: (channel) => {
        table.apply(workerId, { type: 'connected', channel });
        if (table.get(workerId)?.state === 'connected') trace.end();
      },
      onDisconnected: (channel, reason) => {
        log.info(
          { ...facts, ...channel, reason },
          `worker ${workerId} has left channel ${channel.adapterId}/${channel.channelId}: ${reason}`,
        );
        table.apply(workerId, { type: 'disconnected', channel });
      },
      onIdle: (connected) => this.#options.onIdle(workerId, connected),
      onRecycle: (reason) => {
        log.info({ ...facts, reason }, `worker ${workerId} asks to be recycled: ${reason}`);
        this.#options.onRecycle(workerId, reason);
      },
      onUnhealthy: (reason) => {
        const code: ErrorCode = 'WORKER_UNHEALTHY';
        log.warn({ ...facts, code, reason }, `worker ${workerId} was pinged and says that it is not well: ${reason || 'no reason given'}`);
        this.#options.onUnhealthy(workerId, reason);
      },
      onSpan: (span) => writeOperation(span, order, this.#options.spans ?? NO_SPANS),
      onStats: (now, last) => {
        this.routinesEnded.add(order.slot, now.threadPool?.completed, last?.threadPool?.completed);
        this.sessionsAbandoned.add(order.slot, now.extensions?.abandoned, last?.extensions?.abandoned);
      },
      onLog: ({ level, message, fields }) => log[level]({ ...fields, ...facts }, message),
      onExited: (exit) => {
        trace.end(exit.errorCode || 'stopped');
        const level = exit.planned && exit.errorCode === '' ? 'info' : 'error';
        log[level](
          { ...facts, ...exit },
          `worker ${workerId} of ${order.slot} has ended: ${exit.errorCode ? `${exit.errorCode}: ` : ''}${exit.message}`,
        );
        this.#running.delete(workerId);
        if (!exit.planned) this.#failedCount++;
        table.apply(workerId, { type: 'exited', exit, atMs: Date.now() });
        if (this.#running.size === 0) this.#onEmpty?.();
      },
    });
    this.#running.set(workerId, worker);
    this.#startedCount++;
    if (this.#running.size > capacity) worker.fail('NO_HOST', `this host has ${capacity} workers and takes no more (--capacity)`);
    else void this.#prepare(worker, order, appSink(log, facts));
  }

  stop(order: OrderOf<StopVerb>): void {
    this.#running.get(order.workerId)?.stop(order.verb);
  }

  connect(order: OrderOf<ConnectVerb>): void {
    const { token, proofKey, channels } = order.verb;
    this.#running.get(order.workerId)?.send({ type: 'connect', token, proofKey, channels: proveFirst(channels, token, proofKey) });
  }

  answerWish(workerId: string, wish: WishName, granted: boolean): void {
    this.#running.get(workerId)?.send({ type: 'wishAnswer', wish, granted });
  }

  /** Stops one by the host's own decision, within `limitMs`. */
  stopAlone(workerId: string, limitMs: number, cause: string, force = false): void {
    this.#options.table.apply(workerId, { type: 'stopOrdered', cause, byMs: Date.now() + limitMs });
    this.#running.get(workerId)?.stop({ successor: '', limitMs, cause, force });
  }

  /** Stops every worker by the ladder, each within its own shutdownTimeLimit, also one that was given longer; resolves when none is left. */
  async stopAll(cause: string): Promise<void> {
    if (this.#running.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const { table } = this.#options;
    for (const workerId of [...this.#running.keys()]) this.stopAlone(workerId, table.get(workerId)?.shutdownTimeLimitMs ?? 0, cause);
    if (this.#running.size > 0) await empty;
  }

  /** Process groups that are still there; for the last moment of a host that must end now. */
  pids(): number[] {
    return [...this.#running.values()].map((worker) => worker.pid).filter((pid) => pid > 0);
  }

  async #prepare(worker: WorkerProcess, order: OrderOf<StartVerb>, sink: LineSink): Promise<void> {
    const { appRoot, hostEnvironment, inherited } = this.#options;
    try {
      const [apps, env] = await Promise.all([
        Promise.all(order.verb.apps.map((app) => locate(app, appRoot))),
        resolveEnvironment(order.verb.environment, hostEnvironment, appRoot),
      ]);
      if (worker.isOver) return;
      const traced = order.verb.traceparent === '' ? env : { TRACEPARENT: order.verb.traceparent, ...env };
      const key = spawnKey(env, inherited);
      const spare = keyText(key) === keyText(PLAIN_KEY) ? this.#options.spares.take() : undefined;
      const child = spare ?? this.#options.spawn(key, NOBODY, sink);
      worker.run(child, sink, toAssign(order, apps, traced), spare !== undefined);
    } catch (error) {
      const failure = BatonError.from(error);
      worker.fail(failure.code, failure.message);
    }
  }
}

/** The app with its files where this host has them. */
async function locate(app: AssignedApp, appRoot: string): Promise<AssignedApp> {
  const [entry, ...modules] = await Promise.all([
    resolveEntry(appRoot, app.entry),
    ...app.modules.map((module) => resolveEntry(appRoot, module, 'module')),
  ]);
  return { ...app, entry, modules };
}

function toAssign(order: OrderOf<StartVerb>, apps: readonly AssignedApp[], env: Environment): Assign {
  const { verb, workerId, pool, slot, generation } = order;
  const { role, token, proofKey, idleTimeoutMs, startupTimeLimitMs, shutdownTimeLimitMs, noOverlap, threadPool, facts: poolFacts } = verb;
  const channels = proveFirst(verb.channels, token, proofKey);
  const facts = { workerId, pool, slot, generation, role, apps, env, token, proofKey, channels };
  return { type: 'assign', ...facts, idleTimeoutMs, startupTimeLimitMs, shutdownTimeLimitMs, noOverlap, threadPool, facts: poolFacts };
}
