import { BatonError } from '@baton/core';
import { readNumber, readReset, readText } from '../codec/control.ts';
import { FRAME, frameName } from '../codec/frame-types.ts';
import { violation } from '../codec/violation.ts';
import { type DrainEffect, type DrainHappening, type DrainState, drainTransition } from '../drain/transition.ts';
import type { PeerLimits } from '../limits.ts';
import type { Link, LinkReceiver } from '../link/link.ts';
import type {
  AdapterSession,
  AdapterSessionEvents,
  ChannelLimits,
  RequestHead,
  RequestStream,
  ResetCause,
  ResponseHandler,
  WorkerIdentity,
} from '../types.ts';
import { Pings } from './pings.ts';
import { AdapterRequest } from './request-stream.ts';
import { ResumeWaiters } from './resume-waiters.ts';
import { SessionCore } from './session-core.ts';
import { surface } from './surface.ts';
import type { Announcement } from './transition.ts';

const EMPTY = Buffer.alloc(0);

export interface AdapterCoreOptions {
  readonly identity: WorkerIdentity;
  readonly adapterId: string;
  readonly channelId: number;
  readonly events: AdapterSessionEvents;
  readonly limits: ChannelLimits;
  /** The session closed, whether or not it ever connected. */
  readonly onGone: () => void;
}

/** The adapter's end of a session: opens requests, pings, drains. ChannelServer makes it and gives it its links. */
export class AdapterCore extends SessionCore implements AdapterSession {
  readonly identity: WorkerIdentity;
  readonly adapterId: string;
  readonly channelId: number;
  private readonly events: AdapterSessionEvents;
  private readonly onGone: () => void;
  private drainState: DrainState = 'serving';
  private readonly pings = new Pings();
  private readonly resumes = new ResumeWaiters();
  private owesWritable = false;
  private isConnected = false;
  private successor = '';

  constructor({ identity, adapterId, channelId, events, limits, onGone }: AdapterCoreOptions) {
    super(limits);
    this.identity = identity;
    this.adapterId = adapterId;
    this.channelId = channelId;
    this.events = events;
    this.onGone = onGone;
  }

  // ---- AdapterSession -------------------------------------------------------------------------------------------

  get leaving(): boolean {
    return this.drainState === 'leaving' || this.drainState === 'left';
  }

  get writable(): boolean {
    const { peer, limits, unackedBytes } = this.sender;
    return this.streams.size < peer.maxStreams && unackedBytes < limits.maxRetainedBytes;
  }

  handlers(): ResponseHandler[] {
    const open = this.streams.all() as AdapterRequest[];
    return open.sort((a, b) => (a.id - b.id) | 0).map(({ handler }) => handler);
  }

  open(head: RequestHead, ended: boolean, handler: ResponseHandler): RequestStream {
    if (this.phase === 'closed') return this.refuse(handler, this.ending?.cause ?? 'SESSION_CLOSED', 'the session is closed');
    if (this.drainState !== 'serving') return this.refuse(handler, 'NOT_BEGUN', 'the worker is drained');
    if (!this.writable) {
      this.owesWritable = true;
      return this.refuse(handler, 'NOT_BEGUN', 'the session has no room for another request');
    }
    const request = new AdapterRequest(this.streams.nextId(), this, handler, ended);
    if (!this.sender.open(request.id, head, ended)) {
      return this.refuse(handler, 'PROTOCOL', 'the head holds a NUL, a character beyond latin-1, or is too large');
    }
    this.streams.add(request);
    return request;
  }

  drain(): void {
    this.moveDrain('drain');
  }

  resume(): Promise<void> {
    if (this.phase === 'closed') return Promise.reject(closedError(this.ending?.error));
    const promise = this.resumes.wait();
    this.moveDrain('resume');
    return promise;
  }

  ping(signal?: AbortSignal): Promise<number> {
    if (this.phase === 'closed') return Promise.reject(closedError(this.ending?.error));
    return this.pings.send((number) => this.sender.number(FRAME.ping, 0, number), signal);
  }

  close(cause: 'WORKER_DIED' | 'SESSION_CLOSED', text: string): void {
    this.finish('ended', cause, new BatonError(cause === 'WORKER_DIED' ? 'WORKER_DIED' : 'CHANNEL_CLOSED', text));
  }

  // ---- links, from ChannelServer --------------------------------------------------------------------------------

  /** The first link: the welcome was sent on it. Returns who takes what the link brings from now on. */
  welcome(link: Link, peer: PeerLimits): LinkReceiver {
    const receiver = this.join(link, peer, 0, 'welcomed');
    this.pings.send((number) => this.sender.number(FRAME.ping, 0, number)).catch(() => {});
    return receiver;
  }

  /** True when a worker that has everything up to `received` can take this session over. */
  canResumeAfter(received: number): boolean {
    return this.phase !== 'closed' && this.phase !== 'greeting' && this.sender.outbox.canResumeAfter(received);
  }

  /** A link that has proved the resume token takes over; the welcome was sent on it. */
  takeOver(link: Link, peer: PeerLimits, received: number): LinkReceiver {
    // The worker may notice a loss first: then the old link is still here.
    if (this.phase === 'open' || this.phase === 'proving') this.happen('linkLost');
    return this.join(link, peer, received, 'resumed');
  }

  /** Its identity is not let in any more, and it has no link, or is not connected yet. */
  shutOut(text: string): void {
    this.finish('ended', 'LINK_LOST', new BatonError('LINK_LOST', text));
  }

  /** The worker connected anew: it has no memory of this session. */
  replaced(): void {
    this.finish('ended', 'LINK_LOST', new BatonError('LINK_LOST', 'the worker connected anew and left this session behind'));
  }

  // ---- frames ---------------------------------------------------------------------------------------------------

  onFrame(type: number, id: number, batch: Buffer, start: number, end: number): void {
    if (this.phase === 'closed') return;
    if (type < FRAME.ping) {
      this.onRequestFrame(type, id, batch, start, end);
      return;
    }
    switch (type) {
      case FRAME.pong:
        this.pings.answered(readNumber(type, batch, start, end));
        // The first ping was sent behind the welcome: whichever answer comes first proves the path that requests take.
        this.happen('proved');
        return;
      case FRAME.resumed:
        if (this.resumes.isLast(readNumber(type, batch, start, end))) this.moveDrain('resumed');
        return;
      case FRAME.leaving: {
        this.successor = readText(batch, start, end);
        this.moveDrain('leaving');
        return;
      }
      default:
        throw violation(`a worker sent a ${frameName(type)} frame`);
    }
  }

  protected onSignOfLife(type: number): void {
    if (type !== FRAME.ping) throw violation('a worker sent a sign of life that it was not asked for');
    this.sender.loose(FRAME.pong);
  }

  protected announce(announcement: Announcement): void {
    try {
      if (announcement === 'announceConnected') {
        this.isConnected = true;
        this.events.onConnected(this);
        // Said before anybody knew of the session.
        if (this.leaving) this.announceLeaving();
      } else if (announcement === 'announceSuspended') this.events.onSuspended(this);
      else if (announcement === 'announceResumed') this.events.onResumed(this);
      else this.announceClosed();
    } catch (error) {
      surface(error);
    }
  }

  /** The worker dials. */
  protected redial(): void {}

  protected onCalmer(): void {
    this.onAcked();
  }

  protected override onAcked(): void {
    if (!this.owesWritable || !this.writable) return;
    this.owesWritable = false;
    try {
      this.events.onWritable?.(this);
    } catch (error) {
      surface(error);
    }
  }

  private onRequestFrame(type: number, id: number, batch: Buffer, start: number, end: number): void {
    const request = this.streams.get(id) as AdapterRequest | undefined;
    if (!request) {
      if (!this.streams.wasUsed(id)) throw violation(`a ${frameName(type)} frame names request ${id}, which was never opened`);
      return;
    }
    switch (type) {
      case FRAME.head:
      case FRAME.interim:
        request.receiveHead(type, batch, start, end);
        return;
      case FRAME.data:
        if (!request.receiveData(this.bytesToKeep(batch, start, end))) throw violation(`request ${id} got more bytes than its credit`);
        return;
      case FRAME.end:
        request.receiveEnd(batch, start, end);
        return;
      case FRAME.credit:
        request.begun = true;
        request.receiveCreditFrame(readNumber(type, batch, start, end));
        return;
      case FRAME.reset: {
        const { cause, text } = readReset(batch, start, end);
        request.close();
        request.deliverReset(cause, text);
        return;
      }
      default:
        throw violation(`a worker sent a ${frameName(type)} frame`);
    }
  }

  private refuse(handler: ResponseHandler, cause: ResetCause, text: string): AdapterRequest {
    const request = AdapterRequest.refused(this, handler);
    queueMicrotask(() => request.deliverReset(cause, text));
    return request;
  }

  private moveDrain(happening: DrainHappening): void {
    const move = drainTransition(this.drainState, happening);
    if (!move || this.phase === 'closed') return;
    this.drainState = move.to;
    for (const effect of move.effects) this.carryOutDrain(effect);
  }

  private carryOutDrain(effect: DrainEffect): void {
    if (effect === 'sendDrain') this.sender.bytes(FRAME.drain, EMPTY);
    else if (effect === 'sendResume') this.sender.number(FRAME.resume, 0, this.resumes.nextNumber());
    else if (effect === 'grantResume') this.resumes.grant();
    else if (effect === 'denyResume') this.resumes.deny(new BatonError('CHANNEL_CLOSED', 'the worker was drained again or told to stop'));
    else this.announceLeaving();
  }

  private announceLeaving(): void {
    if (!this.isConnected) return;
    try {
      this.events.onLeaving(this, this.successor);
    } catch (error) {
      surface(error);
    }
  }

  private announceClosed(): void {
    const { cause, error } = this.ending ?? { cause: 'SESSION_CLOSED' as const, error: closedError() };
    this.onGone();
    this.pings.fail(error);
    this.resumes.deny(error);
    // A session that never connected is known to nobody.
    if (this.isConnected) this.events.onClosed(this, cause, error.message);
  }
}

function closedError(error?: BatonError): BatonError {
  return error ?? new BatonError('CHANNEL_CLOSED', 'the session is closed');
}
