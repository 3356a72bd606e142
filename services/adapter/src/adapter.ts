import { type AdapterSession, ChannelServer, RefusalLog, type Traffic } from '@baton/channel';
import { BatonError } from '@baton/core';
import type { JWK } from 'jose';
import type { AdapterOptions } from './adapter-options.ts';
import { createRequestIds } from './admit/request-id.ts';
import { Channels } from './channel/channels.ts';
import { Credentials } from './channel/credentials.ts';
import { PingSchedule } from './channel/ping-schedule.ts';
import { openWorkerPorts, type WorkerPorts } from './channel/worker-ports.ts';
import type { Exchange } from './forward/exchange.ts';
import { DrainWatch } from './listener/drain-watch.ts';
import { Listeners } from './listener/listeners.ts';
import { Sweeper } from './listener/sweeper.ts';
import { writeAccessLine } from './log/access-line.ts';
import { LineFile } from './log/access-log.ts';
import { writeFaultLine } from './log/fault-line.ts';
import { writeSwitchLine } from './log/switch-line.ts';
import { forward } from './pipeline.ts';
import type { HandoverAnswer, HandoverOrder } from './place/handover.ts';
import { Sequence } from './place/sequence.ts';
import { DEFAULT_POOL_SETTINGS, Pool, type PoolSettings } from './pool.ts';
import { DEFAULT_APPLICATION_SETTINGS, type GivenApplication, Sites } from './route/sites.ts';
import { RequestTracing } from './telemetry/request-tracing.ts';

/**
 * The core of the adapter: listeners, routes, pools with their channels, and the request path between them. Knows nothing of WAS;
 * was/ (or a test) tells it what there is by calls.
 */
export class Adapter {
  readonly id: string;
  readonly pools = new Map<string, Pool>();
  readonly sites = new Sites();
  readonly listeners: Listeners;
  readonly channels: Channels;
  isDraining = false;
  /** Requests begun and not ended, on all connections. */
  active = 0;
  /** Requests for which no application was found. */
  unrouted = 0;
  /** Links of workers that were not let in. */
  readonly refusals: RefusalLog;
  readonly accessLog: LineFile | undefined;
  private readonly ports: WorkerPorts;
  private readonly server: ChannelServer;
  private readonly pings: PingSchedule;
  private readonly sweeper: Sweeper;
  private readonly options: AdapterOptions;
  private readonly sequence = new Sequence();
  private readonly drained = new DrainWatch();
  private readonly tracing: RequestTracing | undefined;
  private readonly credentials = new Credentials();

  private constructor(options: AdapterOptions, server: ChannelServer, ports: WorkerPorts, accessLog: LineFile | undefined) {
    this.options = options;
    this.id = options.id;
    this.server = server;
    this.ports = ports;
    this.accessLog = accessLog;
    this.refusals = new RefusalLog(options.log);
    this.channels = new Channels(options.id, ports.ways);
    this.tracing = options.tracing && new RequestTracing(options.tracing, now);
    this.pings = new PingSchedule(
      (session) => this.poolOf(session)?.pingPolicy,
      (session, reason) => options.onUnhealthy?.(session, reason),
    );
    const nextRequestId = createRequestIds();
    const { sites } = this;
    this.listeners = new Listeners({
      reusePort: options.reusePort ?? false,
      now,
      forward: (exchange, listener) => {
        this.active++;
        if (this.tracing !== undefined) exchange.trace = this.tracing.begin(exchange.message.traceparent);
        forward(exchange, listener.bindingPort, sites.routes, nextRequestId);
      },
      log: (exchange) => this.ended(exchange),
      logFault: (fault) => accessLog && writeFaultLine(accessLog, fault, Date.now()),
      onConnectionClosed: () => this.drained.look(),
      onFault: (error, where) => options.log?.warn({ code: error.code, where }, error.message),
    });
    this.sweeper = new Sweeper((at) => {
      this.listeners.sweep(at);
      this.pings.sweep(at);
      options.onTick?.(at);
    }, now);
  }

  /** Opens the gRPC port; public ports open with `listen`. Throws PORT_TAKEN. */
  static async open(options: AdapterOptions): Promise<Adapter> {
    // The server needs the adapter for its events and the adapter the server's port: the reference is set before any link can come.
    const self: { adapter: Adapter | undefined } = { adapter: undefined };
    const known = (): Adapter => {
      if (!self.adapter) throw new BatonError('CHANNEL_CLOSED', 'the adapter is starting');
      return self.adapter;
    };
    const server = new ChannelServer({
      findChannel: (adapterId, channelId) => known().channels.ofId(adapterId, channelId),
      verifyToken: (token) => known().credentials.verify(token),
      isWorkerDead: (workerId) => known().credentials.isDead(workerId),
      allowsUnproven: true,
      limits: options.channelLimits ?? {},
      events: {
        onConnected: (session) => known().connected(session),
        onLeaving: (session, successor) => known().poolOf(session)?.place.leaving(session, successor),
        onSuspended: (session) => known().poolOf(session)?.place.changed(),
        onResumed: (session) => known().poolOf(session)?.place.changed(),
        onWritable: (session) => known().poolOf(session)?.place.changed(),
        onClosed: (session) => known().closed(session),
        onRefused: (refused) => self.adapter?.refusals.note(refused),
      },
    });
    const accessLog = (options.accessLog ?? 'off') === 'off' ? undefined : new LineFile(options.accessLog!);
    const ports = await openWorkerPorts(server, {
      advertise: options.advertise ?? '127.0.0.1',
      grpcPort: options.grpcPort ?? 0,
      lanePort: options.lanePort ?? 0,
      isServing: () => self.adapter?.isDraining === false,
    });
    self.adapter = new Adapter(options, server, ports, accessLog);
    return self.adapter;
  }

  get grpcPort(): number {
    return this.ports.grpc;
  }

  /** Undefined: there are no lanes. */
  get lanePort(): number | undefined {
    return this.ports.lane;
  }

  /** Workers' sessions that are connected or may resume. */
  sessions(): Iterable<AdapterSession> {
    return this.server.sessions();
  }

  /** What went over the channels so far, by pool. */
  traffic(): ReadonlyMap<string, Traffic> {
    return this.server.traffic();
  }

  /** Public key that signs worker identities, as WAS gives it. */
  setWorkerKey(jwk: JWK): void {
    this.credentials.key = jwk;
  }

  // ---- what there is ---------------------------------------------------------------------------------------------

  /** Adds a pool with its channel, or gives a known one new settings. */
  addPool(id: string, given: Partial<PoolSettings> = {}): Pool {
    const settings = { ...DEFAULT_POOL_SETTINGS, identity: id, ...given };
    const known = this.pools.get(id);
    if (known) {
      known.update(settings);
      if (known.channel.poolIdentity !== settings.identity) this.changeIdentity(known, settings.identity);
      return known;
    }
    const channel = this.channels.create(id, settings.identity);
    const { sequence, options, accessLog } = this;
    const pool: Pool = new Pool(
      id,
      settings,
      channel,
      { sequence, now },
      {
        onNeed: () => options.onNeed?.(pool),
        onSwitch: (facts) => accessLog && writeSwitchLine(accessLog, id, `${this.id}/${channel.id}`, facts, Date.now()),
        onTally: (tally) => options.onTally?.(tally),
      },
    );
    this.pools.set(id, pool);
    return pool;
  }

  /** A changed pool identity changes the channel's ACL; workers of the old one may not come back after their link. */
  private changeIdentity({ channel }: Pool, identity: string): void {
    channel.poolIdentity = identity;
    this.server.rekey(this.id, channel.id);
  }

  removePool(id: string): void {
    const pool = this.pools.get(id);
    if (!pool) return;
    this.pools.delete(id);
    this.channels.delete(id);
    pool.place.setEnabled(false, 'the pool was deleted');
    this.server.forgetPool(id, 'the pool was deleted');
  }

  /** Adds an application or replaces the one with its key. Its pool must be known. */
  addApplication(given: GivenApplication): void {
    const settings = { ...DEFAULT_APPLICATION_SETTINGS, ...given };
    const pool = this.pools.get(settings.pool);
    if (!pool) throw new BatonError('INVALID_ARGUMENT', `application ${settings.appKey} names pool ${settings.pool}, which is not known`);
    this.sites.add(settings, pool);
  }

  removeApplication(appKey: string): void {
    this.sites.remove(appKey);
  }

  /** Opens and closes public ports so that they are what the applications' bindings name. Throws the first failure; the others are open then. */
  listen(): Promise<void> {
    return this.listeners.apply(this.sites.listenAddresses(), (port) => this.sites.limitsOf(port));
  }

  /** Port that serves bindings of `bindingPort`; differs from it for port 0 only. */
  httpPort(bindingPort: number): number {
    return this.listeners.portOf(bindingPort);
  }

  // ---- what WAS orders -------------------------------------------------------------------------------------------

  handover(pool: string, order: HandoverOrder): HandoverAnswer {
    const known = this.pools.get(pool);
    if (!known) return { kind: 'notReady' };
    const startAtMs = now();
    const answer = known.place.handover(order);
    known.counters.handovers[answer.kind]++;
    this.tracing?.handover(pool, order, answer, startAtMs);
    return answer;
  }

  /** A worker is known dead; from now on it is refused whatever it shows. */
  instanceGone(pool: string, slot: string, workerId: string, cause: string, isPlanned: boolean): void {
    this.credentials.noteDeath(workerId);
    this.pools.get(pool)?.place.gone(slot, workerId, cause, isPlanned);
  }

  /** Pings a session by its pool's policy from now on. */
  watch(session: AdapterSession): void {
    this.pings.watch(session, now());
  }

  // ---- the end ---------------------------------------------------------------------------------------------------

  /** Answers what is there with Connection: close, and resolves when nothing is in flight; new connections are refused. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.isDraining = true;
    await this.listeners.drain();
    await this.drained.empty(() => this.listeners.connectionCount, signal);
  }

  /** Ends everything at once, after `drain` where clients matter. */
  async close(): Promise<void> {
    this.isDraining = true;
    this.listeners.close();
    this.sweeper.close();
    for (const pool of this.pools.values()) pool.place.refuseParked('ADAPTER_DRAINING', '');
    this.server.close();
    this.ports.close();
    await this.accessLog?.close();
  }

  // ---- the inside ------------------------------------------------------------------------------------------------

  private poolOf(session: AdapterSession): Pool | undefined {
    return this.pools.get(session.identity.pool);
  }

  private connected(session: AdapterSession): void {
    const pool = this.poolOf(session);
    if (!pool) {
      session.close('SESSION_CLOSED', 'the pool is not known here');
      return;
    }
    this.watch(session);
    pool.place.connected(session);
  }

  private closed(session: AdapterSession): void {
    this.pings.unwatch(session);
    this.poolOf(session)?.place.closed(session);
  }

  private ended(exchange: Exchange): void {
    this.active--;
    const { app, message, reply, trace } = exchange;
    const at = now();
    if (app) app.counters.ended(message.method, reply.status, exchange.errorCode, at - exchange.arrivedAtMs);
    else this.unrouted++;
    if (trace !== undefined) this.tracing?.end(trace, exchange, at);
    if (this.accessLog !== undefined) writeAccessLine(this.accessLog, exchange, at);
  }
}

/** Opens an adapter without WAS: pools, applications and orders come by calls. */
export const createAdapter = (options: AdapterOptions): Promise<Adapter> => Adapter.open(options);

const now = (): number => performance.now();
