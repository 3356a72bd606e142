import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { control, create } from '@baton/proto';
import { clusterKeys, openRedis, orderQueue } from '@baton/store';
import type { Logger, SpanWriter } from '@baton/telemetry';
import { OrderDesk } from './control/desk.ts';
import { HeartbeatStats, totalMemoryBytes } from './control/heartbeat.ts';
import { ControlLink } from './control/link.ts';
import { OrderQueue } from './control/orders.ts';
import { OverlapGuard } from './control/overlap-guard.ts';
import { Refusals } from './control/refusals.ts';
import { toReport } from './control/wire.ts';
import { Wishes, wishName } from './control/wishes.ts';
import type { Stats } from './messages.ts';
import { spareSink } from './process/app-sink.ts';
import { Child, type ChildOwner } from './process/child.ts';
import { cleanEnvironment } from './process/environment.ts';
import { FormerLife } from './process/former-life.ts';
import { signalGroup } from './process/group.ts';
import type { LineSink } from './process/output.ts';
import type { OutputBudgetOptions } from './process/output-budget.ts';
import { Spares } from './process/spares.ts';
import { spawnChild } from './process/spawn.ts';
import { PLAIN_KEY, type SpawnKey } from './process/spawn-key.ts';
import { Workers } from './process/workers.ts';
import { SlotTable } from './slots/table.ts';

/** What a worker host is made of. */
export interface HostOptions {
  readonly id: string;
  readonly clusterId: string;
  /** WAS replicas, "host:port". */
  readonly was: readonly string[];
  /** "redis://…" or "unix:/path" */
  readonly redis: string;
  /** Shared secret of the cluster's services. */
  readonly secret: string;
  /** Name or address under which this host is reached. */
  readonly advertise: string;
  /** Where the apps' files are; entries are relative to it. */
  readonly appRoot: string;
  /** Where the host notes its children for its next life. */
  readonly stateDir: string;
  readonly log: Logger;
  /** Where spans of starts go. @default nowhere */
  readonly spans?: SpanWriter;
  /** Spare processes kept ready. @default 0 */
  readonly spares?: number;
  /** Worker processes at most. @default 64 */
  readonly capacity?: number;
  /** The host's environment, of which apps get a part. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Node for the children. @default process.execPath */
  readonly execPath?: string;
  /** Program of the children. @default child/main.js beside this file */
  readonly childMain?: string;
  readonly outputBudget?: OutputBudgetOptions;
  /** @default 1_000 */
  readonly heartbeatMs?: number;
  /** @default 5_000 */
  readonly silenceMs?: number;
  /** Silence of the leader after which workers that must not overlap are ended, ms. @default 4_000 */
  readonly aloneMs?: number;
}

/** A running host; its parts close in the opposite order. */
export interface Host {
  readonly table: SlotTable;
  counts(): HostCounts;
  /** What a worker last said of itself. */
  stats(workerId: string): Stats | undefined;
  /** Routines of thread pools that have ended in workers of a slot, since the host started. */
  routinesEnded(slot: string): number;
  /** Sessions of extensions that workers of a slot have ended in the extension's place, since the host started. */
  sessionsAbandoned(slot: string): number;
  /** Attached to a leader and taking orders. */
  isReady(): boolean;
  isAttached(): boolean;
  readySpares(): number;
  /** Takes no further order, stops all workers by the ladder, tells WAS, and ends. */
  close(signal: AbortSignal): Promise<void>;
  /** `close` has been called. */
  isStopping(): boolean;
  /** SIGKILL to every group that is left; for a process that ends before `close` has. */
  killAll(): void;
}

/** Counted since the host started. */
export interface HostCounts {
  readonly ordersEntered: number;
  readonly ordersRefused: number;
  readonly workersStarted: number;
  readonly workersFailed: number;
}

const CHILD_MAIN = join(fileURLToPath(new URL('.', import.meta.url)), 'child', 'main.js');

/** Puts a worker host together and opens it. It needs neither WAS nor Redis to be there: it dials both until they are. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { id, clusterId, log, appRoot } = options;
  const hostEnvironment = options.environment ?? process.env;
  const inherited = cleanEnvironment(hostEnvironment);
  const capacity = options.capacity ?? 64;
  const facts = { execPath: options.execPath ?? process.execPath, childMain: options.childMain ?? CHILD_MAIN, cwd: appRoot, inherited };
  const spawn = (key: SpawnKey, owner: ChildOwner, sink: LineSink): Child =>
    new Child(spawnChild(facts, key), owner, sink, options.outputBudget);
  let isStopping = false;
  let takesOrders = false;

  const table = new SlotTable({
    onChange: (record) => {
      link.tell({ case: 'worker', value: toReport(record) });
      formerLife.note(record);
      if (record.state === 'exited') wishes.forget(record.workerId);
    },
  });
  const formerLife = new FormerLife(options.stateDir, table, log);
  const heartbeats = new HeartbeatStats();
  const link = new ControlLink({
    addresses: options.was,
    secret: options.secret,
    registered: () =>
      create(control.RegisteredSchema, {
        hostId: id,
        advertise: options.advertise,
        pid: process.pid,
        capacity,
        memoryBytes: totalMemoryBytes(),
        highestEpoch: table.highestEpoch,
        workers: table.view().map(toReport),
        spares: spares.readyCount,
      }),
    heartbeat: (number) => heartbeats.make(number, spares.readyCount, table.live(), (workerId) => workers.stats(workerId)),
    highestEpoch: () => table.highestEpoch,
    onAttached: (epoch) => {
      table.sawEpoch(epoch);
      log.info({ epoch }, `attached to WAS (epoch ${epoch})`);
      refusals.flush();
    },
    onDetached: (reason) => log.warn({ reason }, `not attached to WAS: ${reason}`),
    onWishAnswer: ({ workerId, kind, granted }) => {
      const wish = wishName(kind);
      if (wish && wishes.settle(workerId, wish)) workers.answerWish(workerId, wish, granted);
    },
    onHeard: (sentAtMs) => overlap.heard(sentAtMs),
    heartbeatMs: options.heartbeatMs,
    silenceMs: options.silenceMs,
  });
  const wishes = new Wishes((wish) => link.tell({ case: 'wish', value: wish }));
  const refusals = new Refusals({
    tell: (refusal) => link.tell({ case: 'orderRefused', value: refusal }),
    highestEpoch: () => table.highestEpoch,
    log,
  });
  const spares = new Spares({
    size: options.spares ?? 0,
    spawn: (owner) => spawn(PLAIN_KEY, owner, spareSink(log)),
    isBusy: () => table.live().some(({ state }) => state === 'starting' || state === 'connecting'),
    onDied: (reason, retryInMs) => log.warn({ retryInMs }, `a spare process ended ${reason}`),
  });
  const onIdle = wishes.idleOut.bind(wishes);
  const onRecycle = wishes.recycle.bind(wishes);
  const onUnhealthy = wishes.unhealthy.bind(wishes);
  const { spans } = options;
  const workers = new Workers({
    table,
    spares,
    spawn,
    appRoot,
    capacity,
    inherited,
    hostEnvironment,
    log,
    spans,
    onIdle,
    onRecycle,
    onUnhealthy,
  });
  const overlap = new OverlapGuard({
    live: () => table.live(),
    stop: (workerId, limitMs, force) => workers.stopAlone(workerId, limitMs, 'leader lost', force),
    silentMs: options.aloneMs,
  });
  const desk = new OrderDesk({ table, workers, strays: formerLife.strays, wishes, refusals, isAlone: () => overlap.isAlone });

  await formerLife.open();
  const redis = openRedis(options.redis, { name: `baton host ${id}`, log: (line) => log.warn(line) });
  const { name: queue, prefix } = orderQueue(clusterId, id);
  const orders = new OrderQueue({
    redis,
    prefix,
    queue,
    epochKey: clusterKeys(clusterId).epoch,
    enter: (jobId, data, epochInRedis) => desk.enter(jobId, data, epochInRedis),
    onError: (error) => log.debug({ err: error }, 'the order queue has a problem'),
  });
  orders.ready().then(
    () => {
      takesOrders = true;
    },
    () => undefined,
  );
  link.open();
  overlap.open();
  spares.open();

  async function close(signal: AbortSignal): Promise<void> {
    isStopping = true;
    desk.close();
    overlap.close();
    spares.close();
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await Promise.race([Promise.all([workers.stopAll('shutdown'), formerLife.strays.close(signal)]), aborted]);
    if (signal.aborted) killAll();
    wishes.close();
    // not waiting for jobs: entering is synchronous, and Redis may be away
    await orders.close(true);
    await link.close(signal);
    await formerLife.close();
    redis.disconnect();
  }

  function killAll(): void {
    for (const pid of workers.pids()) signalGroup(pid, 'SIGKILL');
    spares.close();
  }

  return {
    table,
    stats: (workerId) => workers.stats(workerId),
    routinesEnded: (slot) => workers.routinesEnded.of(slot),
    sessionsAbandoned: (slot) => workers.sessionsAbandoned.of(slot),
    counts: () => ({
      ordersEntered: desk.count,
      ordersRefused: refusals.count,
      workersStarted: workers.startedCount,
      workersFailed: workers.failedCount,
    }),
    isReady: () => link.isAttached && takesOrders && redis.status === 'ready' && !isStopping,
    isAttached: () => link.isAttached,
    isStopping: () => isStopping,
    readySpares: () => spares.readyCount,
    close,
    killAll,
  };
}
