import { endpointOf, within } from '@baton/core';
import { checkRedis, openRedis, Store } from '@baton/store';
import { type Logger, type Reading, watchProcess } from '@baton/telemetry';
import { expose } from '@baton/telemetry/exposition';
import { Server } from '@grpc/grpc-js';
import { AdminAnswers } from './api/admin/answers.ts';
import { createAdminService } from './api/admin/grpc.ts';
import { createAdminServer } from './api/admin/http.ts';
import { isReady } from './api/admin/views.ts';
import { createControlService } from './api/control/service.ts';
import { createHealthService } from './api/health.ts';
import { createListenerService } from './api/listener/service.ts';
import { newCluster } from './cluster/cluster.ts';
import type { WasConfig } from './config.ts';
import { EventLog } from './events.ts';
import { OrderBook } from './jobs/order-book.ts';
import { KeyRing } from './keys/key-ring.ts';
import { Lead } from './lead.ts';
import { LIMITS } from './limits.ts';
import { type Callback, type HostAnswer, Links } from './links.ts';
import { readWas } from './metrics.ts';
import { buryRemovedPools } from './pool/apply.ts';
import { checkAnswers, checkHosts, redisIsBack, sweep } from './presence.ts';
import { createProbeServer, type Probes } from './probes.ts';
import type { Engine } from './reconcile/engine.ts';
import { SlotEngine } from './reconcile/slot-engine.ts';
import { Receipts } from './recycle/receipts.ts';
import type { Tracer } from './recycle/tracer.ts';
import { bindGrpc, closeHttp, listenHttp } from './servers.ts';
import { takeOver } from './take-over.ts';
import { traceOf } from './telemetry/trace-of.ts';
import { realTime, type Time } from './time.ts';
import { openTriggers } from './triggers/open.ts';
import { isEventTold } from './triggers/told.ts';

export interface WasOptions extends WasConfig {
  readonly log: Logger;
  /** Ends the process's service: another leader has taken over. */
  readonly onReplaced: (cause: string) => void;
  /** @default realTime */
  readonly time?: Time;
  /** 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
  readonly version?: string;
  /** Writes spans of recycles. @default none are written */
  readonly tracer?: Tracer;
}

/** A running leader. */
export interface Was {
  readonly engine: Engine;
  readonly ports: { readonly grpc: number; readonly admin: number; readonly probe: number };
  /** What /metrics tells. */
  read(): Reading[];
  close(): Promise<void>;
}

/** How often silent hosts are looked for, ms. */
const PRESENCE_MS = 250;
/** How often what expired is forgotten, ms. */
const SWEEP_MS = 60_000;
/** How long a leader that closes waits for Redis to take its last events and its lease, ms; it may have gone in the same moment. */
const LAST_WRITES_MS = 2_000;
/** A peer that does not answer within 2 + 3 s is gone: its stream ends, so that the 5 s of presence begin. */
const KEEPALIVE = {
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.http2.min_ping_interval_without_data_ms': 1_000,
};

/** Puts a WAS together: takes the lead, takes over what Redis holds, and serves adapters, hosts and operators. */
export async function openWas(options: WasOptions, signal?: AbortSignal): Promise<Was> {
  const { clusterId, log, time = realTime } = options;
  const startedAtMs = time.now();
  const cluster = newCluster(clusterId);
  const redis = openRedis(options.redis, { name: `baton-was-${clusterId}`, log: (line) => log.warn(line) });
  const store = new Store(redis, clusterId);
  let isClosing = false;
  const isRedisUp = () => redis.status === 'ready';
  try {
    await checkRedis(redis);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const lead = await Lead.take({ redis, store, clusterId, holder: options.id, log, cluster, onReplaced: replaced }, signal);
  const keys = await KeyRing.create(options, time.now());
  const orders = new OrderBook({ redis, clusterId, log, sign: keys.sign });
  const engine: Engine = new SlotEngine({
    cluster,
    time,
    log,
    events: new EventLog({
      time,
      log,
      isTold: (facts) => isEventTold(cluster, facts),
      traceOf: (facts) => traceOf(cluster, facts),
      append: (event, mark) => lead.fenced((writes) => writes.appendEvent(event, mark)),
    }),
    adapters: new Links<Callback>(),
    hosts: new Links<HostAnswer>(),
    orders,
    receipts: new Receipts({
      known: cluster.receipts,
      time,
      save: (receipt) => lead.fenced((writes) => writes.saveReceipt(receipt, time.now())),
      store,
    }),
    ...(options.tracer ? { tracer: options.tracer } : {}),
    fenced: lead.fenced,
    epoch: () => lead.epoch,
    ...(options.random ? { random: options.random } : {}),
  });
  takeOver(engine, await store.load());
  await keys.open(engine);
  await lead.fenced((writes) => writes.prepare());

  const triggers = await openTriggers({ engine, store, redis });

  const { version = '0.1.0', advertise, secret, token } = options;
  const answers = new AdminAnswers({
    engine,
    version,
    startedAtMs,
    advertise,
    isRedisUp,
    keys,
    rollouts: triggers.rollouts,
    onApplied: triggers.applied,
    listEvents: (limit, pool) => store.events(limit, pool),
  });
  engine.receipts.follow((receipt) => engine.figures.recycled(receipt));
  const readProcess = watchProcess();
  const read = () => [...readWas(engine, isRedisUp()), ...readProcess()];
  const probes: Probes = {
    isLive: () => !isClosing,
    notReadyReason: () => (isClosing ? 'closing' : isReady(cluster) ? '' : reasonNotReady(engine)),
    metrics: () => expose(read()),
  };
  const grpc = new Server({ ...KEEPALIVE, 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
  const services = [
    createListenerService({ engine, secret, keys, meetEpoch: lead.meetEpoch }),
    createControlService({ engine, secret, meetEpoch: lead.meetEpoch }),
    createAdminService(answers, token),
    createHealthService(() => !isClosing),
  ];
  for (const { definition, implementation } of services) grpc.addService(definition, implementation);
  const adminServer = createAdminServer({ answers, token, probes, log });
  const probeServer = createProbeServer(probes);
  redis.on('ready', () => {
    redisIsBack(engine);
    triggers.redisIsBack();
    engine.receipts.retry();
    engine.events.retry();
    engine.touchAll();
  });
  const timers = [
    time.every(
      LIMITS.leaseRenewMs,
      () => void lead.renew().catch((error: unknown) => log.debug({ err: error }, 'the lease was not renewed')),
    ),
    time.every(PRESENCE_MS, () => checkHosts(engine)),
    time.every(PRESENCE_MS, () => buryRemovedPools(engine)),
    time.every(PRESENCE_MS, () => checkAnswers(engine)),
    time.every(SWEEP_MS, () => sweep(engine)),
    time.every(SWEEP_MS, () => keys.check()),
  ];

  async function close(): Promise<void> {
    if (isClosing) return;
    isClosing = true;
    for (const cancel of timers) cancel();
    engine.stop();
    engine.adapters.endAll('WAS is closing');
    engine.hosts.endAll('WAS is closing');
    grpc.forceShutdown();
    await Promise.all([adminServer, probeServer].map(closeHttp));
    const written = isRedisUp() ? engine.events.settled().then(() => lead.release()) : undefined;
    await within(Promise.all([written, triggers.close()]), LAST_WRITES_MS, 'the last write').catch(() =>
      log.warn('Redis has not taken the last writes: events may be missing, and the lease runs out by itself'),
    );
    await orders.close();
    redis.disconnect();
  }

  function replaced(cause: string): void {
    log.error({ epoch: lead.epoch }, `another leader has taken over: ${cause}`);
    engine.stop();
    options.onReplaced(cause);
  }

  try {
    const ports = {
      grpc: await bindGrpc(grpc, endpointOf(options.listenHost, options.grpcPort)),
      admin: await listenHttp(adminServer, options.adminPort, options.adminHost),
      probe: await listenHttp(probeServer, options.probePort, options.listenHost),
    };
    engine.touchAll();
    log.info({ epoch: lead.epoch, ports }, `WAS leads cluster ${clusterId} with epoch ${lead.epoch}`);
    return { engine, ports, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function reasonNotReady({ cluster }: Engine): string {
  if (!cluster.config) return 'no configuration is applied';
  const hasHost = [...cluster.hosts.values()].some(({ isConnected }) => isConnected);
  return hasHost ? 'no adapter is attached' : 'no worker host is attached';
}
