import {
  type Application,
  type ChannelHub,
  type GivenApplication,
  type HandoverAnswer,
  type HandoverOrder,
  ListenerAdapter,
  openHub,
  type Pool,
  type PoolSettings,
  type ProtocolListener,
} from '@baton/adapter-kit';
import type { AdapterSession, KeySet, RefusalLog, Traffic } from '@baton/channel';
import type { AdapterOptions } from './adapter-options.ts';
import { createRequestIds } from './admit/request-id.ts';
import type { Exchange } from './forward/exchange.ts';
import { DrainWatch } from './listener/drain-watch.ts';
import { Listeners } from './listener/listeners.ts';
import { writeAccessLine } from './log/access-line.ts';
import { LineFile } from './log/access-log.ts';
import { writeFaultLine } from './log/fault-line.ts';
import { writeSwitchLine } from './log/switch-line.ts';
import { forward } from './pipeline.ts';
import { Sites } from './route/sites.ts';
import { RequestTracing } from './telemetry/request-tracing.ts';
import type { CertificateFiles } from './tls/certificate.ts';
import { TlsContexts } from './tls/contexts.ts';

export const PROTOCOL = 'http';

/**
 * The HTTP listener: public ports, routes, and the request path between them and the pools of the kit. Knows nothing of WAS; the kit (or a
 * test) tells it what there is by calls.
 */
export class Adapter implements ProtocolListener {
  readonly hub: ChannelHub;
  /** Its pools and applications, and what WAS orders. */
  readonly core: ListenerAdapter;
  readonly sites = new Sites();
  readonly listeners: Listeners;
  /** Requests begun and not ended, on all connections. */
  active = 0;
  /** Requests for which no application was found. */
  unrouted = 0;
  readonly accessLog: LineFile | undefined;
  /** Certificates of the secure ports, of every protocol. */
  readonly tls: TlsContexts;
  private readonly isOwnHub: boolean;
  private readonly drained = new DrainWatch();
  private readonly tracing: RequestTracing | undefined;

  private constructor(options: AdapterOptions, hub: ChannelHub, accessLog: LineFile | undefined) {
    this.hub = hub;
    this.isOwnHub = options.hub === undefined;
    this.accessLog = accessLog;
    this.tls = new TlsContexts({ log: options.log });
    this.tracing = options.tracing && new RequestTracing(options.tracing, now);
    this.core = new ListenerAdapter({
      hub,
      protocol: PROTOCOL,
      listener: this,
      channelPer: options.channelPer ?? 'pool',
      events: {
        onSwitch: ({ id, channel }, facts) => accessLog && writeSwitchLine(accessLog, id, `${hub.id}/${channel.id}`, facts, Date.now()),
        onHandover: (pool, order, answer, startAtMs) => this.tracing?.handover(pool.id, order, answer, startAtMs),
      },
    });
    const nextRequestId = createRequestIds();
    const { sites } = this;
    this.listeners = new Listeners({
      reusePort: options.reusePort ?? false,
      now,
      tls: this.tls,
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
  }

  /** Opens the worker ports, unless a hub is given; public ports open with `listen`. Throws PORT_TAKEN. */
  static async open(options: AdapterOptions): Promise<Adapter> {
    const accessLog = (options.accessLog ?? 'off') === 'off' ? undefined : new LineFile(options.accessLog!);
    return new Adapter(options, options.hub ?? (await openHub(options)), accessLog);
  }

  get id(): string {
    return this.hub.id;
  }

  get pools(): ReadonlyMap<string, Pool> {
    return this.core.pools;
  }

  get isDraining(): boolean {
    return this.hub.isDraining;
  }

  get grpcPort(): number {
    return this.hub.grpcPort;
  }

  /** Undefined: there are no lanes. */
  get lanePort(): number | undefined {
    return this.hub.lanePort;
  }

  /** Workers' sessions that are connected or may resume. */
  sessions(): Iterable<AdapterSession> {
    return this.hub.sessions();
  }

  /** Links of workers that were not let in. */
  get refusals(): RefusalLog {
    return this.hub.refusals;
  }

  /** What went over the channels so far, by pool. */
  traffic(): ReadonlyMap<string, Traffic> {
    return this.hub.traffic();
  }

  /** Keys whose signatures on worker identities are good. */
  setWorkerKeys(keys: KeySet): void {
    this.hub.credentials.keys = keys;
  }

  // ---- what there is, told by calls ------------------------------------------------------------------------------

  /** Adds a pool with its channel, or gives a known one new settings. */
  addPool(id: string, given: Partial<PoolSettings> = {}): Pool {
    return this.core.addPool(id, given);
  }

  removePool(id: string): void {
    this.core.removePool(id);
  }

  /** Adds an application or replaces the one with its key. Its pool must be known. */
  addApplication(given: GivenApplication): void {
    this.core.addApplication(given);
  }

  removeApplication(appKey: string): void {
    this.core.removeApplication(appKey);
  }

  handover(pool: string, order: HandoverOrder): HandoverAnswer {
    return this.core.handover(pool, order);
  }

  /** A worker is known dead; from now on it is refused whatever it shows. */
  instanceGone(pool: string, slot: string, workerId: string, cause: string, isPlanned: boolean): void {
    this.core.instanceGone(pool, slot, workerId, cause, isPlanned);
  }

  /** Pings a session by its pool's policy from now on. */
  watch(session: AdapterSession): void {
    this.hub.watch(session);
  }

  /** Port that serves bindings of `bindingPort`; differs from it for port 0 only. */
  httpPort(bindingPort: number): number {
    return this.listeners.portOf(bindingPort);
  }

  // ---- what the kit calls ----------------------------------------------------------------------------------------

  applicationCreated(app: Application): void {
    this.sites.add(app);
  }

  applicationDeleted(appKey: string): void {
    this.sites.remove(appKey);
  }

  /** Opens and closes public ports so that they are what the applications' bindings name. Throws the first failure; the others are open then. */
  async listen(): Promise<void> {
    // Who connects to a secure port finds its certificate there.
    await this.tls.settled;
    await this.listeners.apply(this.sites.listenAddresses(), (port) => this.sites.limitsOf(port));
  }

  /** What WAS says about all listeners of the adapter. */
  async listenerSettings({ tls }: { readonly tls: readonly CertificateFiles[] }): Promise<void> {
    await this.tls.set(tls);
  }

  sweep(at: number): void {
    this.listeners.sweep(at);
  }

  /** Answers what is there with Connection: close, and resolves when nothing is in flight; new connections are refused. */
  async drain(signal?: AbortSignal): Promise<void> {
    this.hub.isDraining = true;
    await this.listeners.drain();
    await this.drained.empty(() => this.listeners.connectionCount, signal);
  }

  // ---- the end ---------------------------------------------------------------------------------------------------

  /** Ends everything at once, after `drain` where clients matter. */
  async close(): Promise<void> {
    this.hub.isDraining = true;
    this.listeners.close();
    this.tls.close();
    this.core.close();
    if (this.isOwnHub) this.hub.close();
    await this.accessLog?.close();
  }

  private ended(exchange: Exchange): void {
    this.active--;
    const { app, message, reply, trace } = exchange;
    const at = now();
    if (app) app.counters.ended(message.method, reply.status, exchange.errorCode, exchange.durationMs(at), exchange.client.isEncrypted);
    else this.unrouted++;
    if (trace !== undefined) this.tracing?.end(trace, exchange, at);
    if (this.accessLog !== undefined) writeAccessLine(this.accessLog, exchange, at);
  }
}

/** Opens an adapter without WAS: pools, applications and orders come by calls. */
export const createAdapter = (options: AdapterOptions): Promise<Adapter> => Adapter.open(options);

const now = (): number => performance.now();
