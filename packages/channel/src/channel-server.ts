import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { BatonError } from '@baton/core';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { VERSIONS } from './codec/frame-types.ts';
import { type Hello, welcomeMessage } from './codec/handshake.ts';
import { violation } from './codec/violation.ts';
import { agreeVersion, checkAcl, checkSecret, type KnownChannel } from './identity/check-hello.ts';
import { ProofBook } from './identity/proof-book.ts';
import { Refusal, refusedLink } from './identity/refusal.ts';
import type { VerifiedIdentity } from './identity/token.ts';
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
  verifyToken(token: string): Promise<VerifiedIdentity>;
  readonly events: AdapterSessionEvents;
  readonly limits?: Partial<ChannelLimits>;
  /** True for a worker whose death is known: it is refused whatever it shows. @default nobody is */
  isWorkerDead?(workerId: string): boolean;
  /** Lets identities in that name no key: whoever has read such a token can use it. For tests. @default false */
  readonly allowsUnproven?: boolean;
}

/** A session that may resume. */
interface Resumable {
  readonly session: AdapterCore;
  /** Proves its hellos; undefined: its identity names no key. */
  readonly publicKey: string | undefined;
}

/**
 * The adapter's end of all channels: takes links, checks who dials, keeps the sessions.
 *
 * - First connect: version, secret, token, ACL and proof are checked; the welcome then carries a resume token.
 * - A link that shows a resume token, and proves it, takes its session over, whatever became of the identity token since.
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
  private readonly byResumeToken = new Map<string, Resumable>();
  private readonly byWorker = new Map<string, AdapterCore>();
  /** Of sessions that are closed, by pool. */
  private readonly pastTraffic = new Map<string, Traffic>();
  private readonly proofs = new ProofBook();
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

  /**
   * The identity in a channel's ACL has changed: `findChannel` answers with the new one already, and no hello of another gets in any more.
   *
   * - A session of another identity that has its link goes on until it loses it, or its worker is recycled: its resume token is taken back.
   * - One that has no link, or is not connected yet, ends at once: it could not come back.
   * - Returns what became of sessions. Doing it again does nothing more, and changing back gives nobody his resume token back.
   */
  rekey(adapterId: string, channelId: number): { readonly revoked: number; readonly ended: number } {
    const identity = this.options.findChannel(adapterId, channelId)?.poolIdentity;
    let revoked = 0;
    let ended = 0;
    for (const [token, { session }] of [...this.byResumeToken]) {
      if (session.adapterId !== adapterId || session.channelId !== channelId || session.identity.poolIdentity === identity) continue;
      this.byResumeToken.delete(token);
      if (session.state === 'open') revoked++;
      else {
        ended++;
        session.shutOut('the identity of the channel has changed');
      }
    }
    return { revoked, ended };
  }

  /** Ends every session that `which` picks, also those in their handshake; its channel must not be found any more. */
  end(which: (session: AdapterSession) => boolean, text: string): void {
    for (const session of [...this.byWorker.values()]) if (which(session)) session.close('SESSION_CLOSED', text);
  }

  /** Ends every session of a pool that is gone, also those in their handshake, and forgets what went over them. Its channels must not be found any more. */
  forgetPool(pool: string, text: string): void {
    this.end(({ identity }) => identity.pool === pool, text);
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
    new Greeting(
      open,
      (hello, link) => this.greet(hello, link),
      (error, hello, link) => this.options.events.onRefused?.(refusedLink(error, hello, link)),
    );
  }

  private async greet(hello: Hello, link: Link): Promise<LinkReceiver> {
    const version = agreeVersion(hello.versions, VERSIONS);
    this.checkSecret(hello);
    if (hello.resume !== '') return this.resume(hello, version, link);
    const identity = await this.options.verifyToken(hello.token);
    // The channel may have been closed, or its identity changed, meanwhile.
    checkAcl(hello, this.checkSecret(hello), identity);
    this.refuseIfOver(identity.workerId);
    const { confirmation, ...who } = identity;
    if (confirmation) this.checkProof(confirmation.publicKey, confirmation.jti, hello, identity.workerId);
    else if (!this.options.allowsUnproven) {
      throw new Refusal(
        'no-proof',
        'the identity names no key by which the worker could prove that it is its own',
        undefined,
        who.workerId,
      );
    }
    return this.welcome(hello, version, who, confirmation?.publicKey, link);
  }

  private welcome(hello: Hello, version: number, identity: WorkerIdentity, publicKey: string | undefined, link: Link): LinkReceiver {
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
    this.byResumeToken.set(token, { session, publicKey });
    this.sendWelcome(link, version, token, 0);
    return session.welcome(link, hello.limits);
  }

  private resume(hello: Hello, version: number, link: Link): LinkReceiver {
    const known = this.byResumeToken.get(hello.resume);
    if (!known || known.session.adapterId !== hello.adapterId || known.session.channelId !== hello.channelId) {
      throw new BatonError('CHANNEL_RESUME_EXPIRED', 'the resume token names no session that still lives');
    }
    const { session, publicKey } = known;
    const { workerId } = session.identity;
    this.refuseIfOver(workerId);
    if (publicKey !== undefined) this.checkProof(publicKey, hello.resume, hello, workerId);
    if (!session.canResumeAfter(hello.received)) throw violation(`a worker says that it has batch ${hello.received}`);
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
    if (this.options.isWorkerDead?.(workerId)) {
      throw new Refusal('dead-worker', 'the worker is known to be dead', 'CHANNEL_IDENTITY', workerId);
    }
  }

  /** Last of all checks: only whom everything else lets in is remembered. */
  private checkProof(publicKey: string, subject: string, hello: Hello, workerId: string): void {
    const { adapterId, channelId, proof, nonce, time } = hello;
    const given = proof === undefined || nonce === undefined || time === undefined ? undefined : { proof, nonce, time };
    try {
      this.proofs.check(publicKey, { adapterId, channelId, subject }, given);
    } catch (error) {
      throw Refusal.of(error, workerId);
    }
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
