import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { BatonError } from '@baton/core';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { VERSIONS } from './codec/frame-types.ts';
import { type Hello, welcomeMessage } from './codec/handshake.ts';
import { violation } from './codec/violation.ts';
import { agreeVersion, checkAcl, checkSecret, type KnownChannel } from './identity/check-hello.ts';
import { peerLimits, resolveLimits } from './limits.ts';
import { Greeting } from './link/greeting.ts';
import { grpcLink } from './link/grpc-link.ts';
import { laneLink } from './link/lane-link.ts';
import type { Link, LinkReceiver } from './link/link.ts';
import { channelServiceDefinition } from './link/service.ts';
import { AdapterCore } from './session/adapter-session.ts';
import { Traffic } from './session/traffic.ts';
import type { AdapterSession, AdapterSessionEvents, ChannelLimits, WorkerIdentity } from './types.ts';

export interface ChannelServerOptions {
  /** The channel a hello names; undefined: there is none. */
  findChannel(adapterId: string, channelId: number): KnownChannel | undefined;
  /** Checks a worker's token (see `verifyIdentity`); rejects with CHANNEL_IDENTITY. */
  verifyToken(token: string): Promise<WorkerIdentity>;
  readonly events: AdapterSessionEvents;
  readonly limits?: Partial<ChannelLimits>;
  /** True for a worker whose death is known: it is refused whatever it shows. @default nobody is */
  isWorkerDead?(workerId: string): boolean;
}

/**
 * The adapter's end of all channels: takes links, checks who dials, keeps the sessions.
 *
 * - First connect: version, secret, token and ACL are checked; the welcome then carries a resume token.
 * - A link that shows a resume token takes its session over, whatever became of the identity token since.
 * - A worker that connects anew on a channel ends its earlier session there.
 */
export class ChannelServer {
  /** For `grpcServer.addService(definition, implementation)`. */
  readonly service: {
    readonly definition: typeof channelServiceDefinition;
    readonly implementation: { connect(call: ServerDuplexStream<Buffer, Buffer>): void };
  };
  private readonly options: ChannelServerOptions;
  private readonly limits: ChannelLimits;
  private readonly byResumeToken = new Map<string, AdapterCore>();
  private readonly byWorker = new Map<string, AdapterCore>();
  /** Of sessions that are closed, by pool. */
  private readonly pastTraffic = new Map<string, Traffic>();
  private isClosed = false;

  constructor(options: ChannelServerOptions) {
    this.options = options;
    this.limits = resolveLimits(options.limits);
    this.service = {
      definition: channelServiceDefinition,
      implementation: { connect: (call) => this.accept((receiver) => grpcLink(call, receiver)) },
    };
  }

  /** Sessions that connected and are not closed. */
  sessions(): Iterable<AdapterSession> {
    return [...this.byWorker.values()].filter((session) => session.state !== 'handshaking');
  }

  /** What went over the sessions of each pool so far, as this end sees it. */
  traffic(): Map<string, Traffic> {
    const sums = new Map<string, Traffic>();
    for (const [pool, past] of this.pastTraffic) trafficOf(sums, pool).add(past);
    for (const session of this.byWorker.values()) trafficOf(sums, session.identity.pool).add(session.sender.traffic);
    return sums;
  }

  /** Takes the resume tokens of all sessions that `which` picks back: each of them ends with its link. For IdentityChanged. */
  revoke(which: (session: AdapterSession) => boolean): void {
    for (const [token, session] of this.byResumeToken) if (which(session)) this.byResumeToken.delete(token);
  }

  /** Ends every session of a pool that is gone, also those in their handshake, and forgets what went over them. Its channels must not be found any more. */
  forgetPool(pool: string, text: string): void {
    for (const session of [...this.byWorker.values()]) if (session.identity.pool === pool) session.close('SESSION_CLOSED', text);
    // What closed just now was added to it.
    this.pastTraffic.delete(pool);
  }

  /** Ends every session with SESSION_CLOSED and refuses everything from now on. */
  close(text = 'the adapter is closing'): void {
    this.isClosed = true;
    for (const session of [...this.byWorker.values()]) session.close('SESSION_CLOSED', text);
  }

  /** Takes a connection of the lane's port: what comes on it is checked like what comes over gRPC. */
  acceptLane(socket: Socket): void {
    this.accept((receiver) => laneLink(socket, receiver));
  }

  /** Takes a link of any kind; `open` makes it for the receiver it is given. */
  accept(open: (receiver: LinkReceiver) => Link): void {
    new Greeting(open, (hello, link) => this.greet(hello, link));
  }

  private async greet(hello: Hello, link: Link): Promise<LinkReceiver> {
    const version = agreeVersion(hello.versions, VERSIONS);
    this.checkSecret(hello);
    if (hello.resume !== '') return this.resume(hello, version, link);
    const identity = await this.options.verifyToken(hello.token);
    // The channel may have been closed, or its identity changed, meanwhile.
    checkAcl(hello, this.checkSecret(hello), identity);
    return this.welcome(hello, version, identity, link);
  }

  private welcome(hello: Hello, version: number, identity: WorkerIdentity, link: Link): LinkReceiver {
    this.refuseIfOver(identity.workerId);
    const key = `${identity.workerId} ${hello.adapterId}/${hello.channelId}`;
    this.byWorker.get(key)?.replaced();
    const token = randomBytes(24).toString('base64url');
    const session: AdapterCore = new AdapterCore({
      identity,
      adapterId: hello.adapterId,
      channelId: hello.channelId,
      events: this.options.events,
      limits: this.limits,
      onGone: () => {
        this.byResumeToken.delete(token);
        if (this.byWorker.get(key) === session) this.byWorker.delete(key);
        trafficOf(this.pastTraffic, identity.pool).add(session.sender.traffic);
      },
    });
    this.byWorker.set(key, session);
    this.byResumeToken.set(token, session);
    this.sendWelcome(link, version, token, 0);
    return session.welcome(link, hello.limits);
  }

  private resume(hello: Hello, version: number, link: Link): LinkReceiver {
    const session = this.byResumeToken.get(hello.resume);
    if (!session || session.adapterId !== hello.adapterId || session.channelId !== hello.channelId) {
      throw new BatonError('CHANNEL_RESUME_EXPIRED', 'the resume token names no session that still lives');
    }
    if (!session.canResumeAfter(hello.received)) throw violation(`a worker says that it has batch ${hello.received}`);
    this.refuseIfOver(session.identity.workerId);
    this.sendWelcome(link, version, hello.resume, session.lastReceived);
    return session.takeOver(link, hello.limits, hello.received);
  }

  private sendWelcome(link: Link, version: number, resume: string, received: number): void {
    const limits = peerLimits(this.limits);
    link.send(welcomeMessage({ version, resume, received, resumeLimitMs: this.limits.resumeLimitMs, limits }));
  }

  private checkSecret(hello: Hello): KnownChannel {
    return checkSecret(hello, this.options.findChannel(hello.adapterId, hello.channelId));
  }

  private refuseIfOver(workerId: string): void {
    if (this.isClosed) throw new BatonError('CHANNEL_CLOSED', 'the adapter is closing');
    if (this.options.isWorkerDead?.(workerId)) throw new BatonError('CHANNEL_IDENTITY', `worker ${workerId} is known to be dead`);
  }
}

function trafficOf(sums: Map<string, Traffic>, pool: string): Traffic {
  let sum = sums.get(pool);
  if (!sum) {
    sum = new Traffic();
    sums.set(pool, sum);
  }
  return sum;
}
