import { type AdapterSession, type ChannelLimits, ChannelServer, RefusalLog, type Traffic } from '@baton/channel';
import { BatonError } from '@baton/core';
import { Channels } from './channel/channels.ts';
import { Credentials } from './channel/credentials.ts';
import { PingSchedule } from './channel/ping-schedule.ts';
import { openWorkerPorts, type WorkerPorts } from './channel/worker-ports.ts';
import type { AdapterLog } from './log.ts';
import { Sequence } from './place/sequence.ts';
import type { Pool } from './pool.ts';
import { Sweeper } from './sweeper.ts';

export interface HubOptions {
  /** Unique in the cluster, new for each process. */
  readonly id: string;
  /** Host under which workers reach the gRPC port. @default "127.0.0.1" */
  readonly advertise?: string;
  /** Port for workers' channels; 0 takes a free one. @default 0 */
  readonly grpcPort?: number;
  /** Port of the channels' lanes, plain TCP beside gRPC; 0 takes a free one, "off" opens none. @default 0 */
  readonly lanePort?: number | 'off';
  readonly channelLimits?: Partial<ChannelLimits>;
  readonly log?: AdapterLog;
}

/** What a listener hears of the hub. */
export interface HubListener {
  /** A worker of one of its channels did not answer a ping in time. */
  onUnhealthy(pool: Pool, session: AdapterSession, reason: string): void;
  /** Called with the process's one timer, ten times a second. */
  onTick(now: number): void;
}

/**
 * The workers' side of an adapter process, shared by all its protocols: the ports that workers dial, who is let in, the sessions, their pings,
 * the ids of channels and the one row of numbers in which work is handed over.
 */
export class ChannelHub {
  readonly id: string;
  readonly channels: Channels;
  readonly sequence = new Sequence();
  readonly credentials = new Credentials();
  /** Links of workers that were not let in. */
  readonly refusals: RefusalLog;
  /** Nothing new is taken; health checks say so. */
  isDraining = false;
  private readonly server: ChannelServer;
  private readonly ports: WorkerPorts;
  private readonly pings: PingSchedule;
  private readonly sweeper: Sweeper;
  /** By the id of its channel. */
  private readonly pools = new Map<number, Pool>();
  private readonly listeners = new Map<Pool['protocol'], HubListener>();

  private constructor({ id, log }: HubOptions, server: ChannelServer, ports: WorkerPorts) {
    this.id = id;
    this.refusals = new RefusalLog(log);
    this.server = server;
    this.ports = ports;
    this.channels = new Channels(id, ports.ways);
    this.pings = new PingSchedule(
      (session) => this.poolOf(session)?.pingPolicy,
      (session, reason) => {
        const pool = this.poolOf(session);
        if (pool) this.listeners.get(pool.protocol)?.onUnhealthy(pool, session, reason);
      },
    );
    this.sweeper = new Sweeper((at) => {
      this.pings.sweep(at);
      for (const listener of this.listeners.values()) listener.onTick(at);
    }, now);
  }

  /** Opens the worker ports. Throws PORT_TAKEN. */
  static async open(options: HubOptions): Promise<ChannelHub> {
    // The server needs the hub for its events and the hub the server's port: the reference is set before any link can come.
    const self: { hub: ChannelHub | undefined } = { hub: undefined };
    const known = (): ChannelHub => {
      if (!self.hub) throw new BatonError('CHANNEL_CLOSED', 'the adapter is starting');
      return self.hub;
    };
    const server = new ChannelServer({
      findChannel: (adapterId, channelId) => known().channels.ofId(adapterId, channelId),
      verifyToken: (token) => known().credentials.verify(token),
      isWorkerDead: (workerId) => known().credentials.isDead(workerId),
      limits: options.channelLimits ?? {},
      events: {
        onConnected: (session) => known().connected(session),
        onLeaving: (session, successor) => known().poolOf(session)?.place.leaving(session, successor),
        onSuspended: (session) => known().poolOf(session)?.place.changed(),
        onResumed: (session) => known().poolOf(session)?.place.changed(),
        onWritable: (session) => known().poolOf(session)?.place.changed(),
        onClosed: (session) => known().closed(session),
        onRefused: (refused) => self.hub?.refusals.note(refused),
      },
    });
    const ports = await openWorkerPorts(server, {
      advertise: options.advertise ?? '127.0.0.1',
      grpcPort: options.grpcPort ?? 0,
      lanePort: options.lanePort ?? 0,
      isServing: () => self.hub?.isDraining === false,
    });
    self.hub = new ChannelHub(options, server, ports);
    return self.hub;
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

  /** Protocols that have a listener here. */
  get protocols(): readonly string[] {
    return [...this.listeners.keys()];
  }

  /** A listener of this process. Throws INVALID_ARGUMENT: there is one for its protocol already. */
  attach(protocol: string, listener: HubListener): void {
    if (this.listeners.has(protocol)) throw new BatonError('INVALID_ARGUMENT', `adapter ${this.id} has a listener for ${protocol} already`);
    this.listeners.set(protocol, listener);
  }

  detach(protocol: string): void {
    this.listeners.delete(protocol);
  }

  /** Lets workers of a pool in on its channel. */
  admit(pool: Pool): void {
    this.pools.set(pool.channel.id, pool);
  }

  /** The channel is closed: its sessions end, and its id is not used again. */
  dismiss(pool: Pool, cause: string): void {
    const { id } = pool.channel;
    this.pools.delete(id);
    this.channels.delete(id);
    this.server.end((session) => session.channelId === id, cause);
    if (![...this.pools.values()].some((other) => other.id === pool.id)) this.server.forgetPool(pool.id, cause);
  }

  /** The identity of a channel has changed: workers of the old one may not come back after their link. */
  rekey(channelId: number): void {
    this.server.rekey(this.id, channelId);
  }

  /** Pings a session by its pool's policy from now on. */
  watch(session: AdapterSession): void {
    this.pings.watch(session, now());
  }

  /** Ends every session at once and closes the ports. */
  close(): void {
    this.isDraining = true;
    this.sweeper.close();
    this.server.close();
    this.ports.close();
  }

  // ---- the inside ------------------------------------------------------------------------------------------------

  private poolOf(session: AdapterSession): Pool | undefined {
    return this.pools.get(session.channelId);
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
}

/** Opens the workers' side of an adapter process. Throws PORT_TAKEN. */
export const openHub = (options: HubOptions): Promise<ChannelHub> => ChannelHub.open(options);

const now = (): number => performance.now();
