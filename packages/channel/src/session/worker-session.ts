import { BatonError } from '@baton/core';
import { readNumber, readReset, textBytes } from '../codec/control.ts';
import { FRAME, frameName } from '../codec/frame-types.ts';
import type { Welcome } from '../codec/handshake.ts';
import { readOpenEnded, readOpenHead } from '../codec/request-head.ts';
import { violation } from '../codec/violation.ts';
import type { Link, LinkReceiver } from '../link/link.ts';
import type { ChannelLimits, WorkerSession, WorkerSessionEvents } from '../types.ts';
import { Keepalive } from './keepalive.ts';
import { WorkerResponse } from './response-stream.ts';
import { SessionCore } from './session-core.ts';
import { surface } from './surface.ts';
import type { Announcement } from './transition.ts';

/** Who makes links for a worker's session. */
export interface WorkerDialer {
  /** A link is wanted: the last one, or the last attempt, is gone. */
  dialAgain(): void;
  /** Shows `token`, proved with `proofKey`, from now on, and waits no longer when it waits to dial. */
  hurry(token: string, proofKey?: string): void;
  /** None is wanted any more. */
  stop(): void;
}

/** The worker's end of a session: takes requests, answers pings, says leaving. `connectChannel` makes it and dials for it. */
export class WorkerCore extends SessionCore implements WorkerSession {
  readonly channel: WorkerSession['channel'];
  private readonly events: WorkerSessionEvents;
  private readonly dialer: WorkerDialer;
  private isDrained = false;
  private isLeaving = false;
  private readAtMs = 0;
  private resumeTokenGiven = '';
  /** Number of a ping whose answer waits for a link. */
  private latePong: number | undefined;
  private readonly keepalive: Keepalive;

  constructor(channel: WorkerSession['channel'], events: WorkerSessionEvents, limits: ChannelLimits, dialer: WorkerDialer) {
    super(limits);
    this.channel = channel;
    this.events = events;
    this.dialer = dialer;
    this.keepalive = new Keepalive(
      limits.keepaliveMs,
      () => this.sender.loose(FRAME.ping),
      () => this.happen('linkLost'),
    );
  }

  // ---- WorkerSession --------------------------------------------------------------------------------------------

  get drained(): boolean {
    return this.isDrained;
  }

  leave(successor: string): void {
    if (this.isLeaving || this.phase === 'closed') return;
    this.isLeaving = true;
    this.sender.bytes(FRAME.leaving, textBytes(successor));
  }

  hurry(token: string, proofKey?: string): void {
    if (this.phase !== 'closed') this.dialer.hurry(token, proofKey);
  }

  close(text: string): void {
    this.finish('ended', 'SESSION_CLOSED', new BatonError('CHANNEL_CLOSED', text));
  }

  // ---- links, from connectChannel -------------------------------------------------------------------------------

  /** '' until a welcome was read. */
  get resumeToken(): string {
    return this.resumeTokenGiven;
  }

  /** The adapter accepted the hello sent on `link`. Returns who takes what the link brings from now on. Throws CHANNEL_PROTOCOL. */
  welcomed(link: Link, { limits, received, resume, resumeLimitMs }: Welcome): LinkReceiver {
    if (!this.sender.outbox.canResumeAfter(received)) throw violation(`an adapter says that it has batch ${received}`);
    const isFirst = this.resumeTokenGiven === '';
    this.resumeTokenGiven = resume;
    this.resumeLimitMs = resumeLimitMs;
    this.keepalive.start();
    const receiver = this.join(link, limits, received, isFirst ? 'welcomed' : 'resumed');
    const { latePong } = this;
    this.latePong = undefined;
    if (latePong !== undefined) this.pong(latePong);
    return receiver;
  }

  /** No link could be made, or it ended before the welcome. */
  dialFailed(): void {
    this.happen('linkLost');
  }

  refused(error: BatonError): void {
    this.finish('refused', 'SESSION_CLOSED', error);
  }

  // ---- frames ---------------------------------------------------------------------------------------------------

  protected override onBatchBegins(): void {
    this.readAtMs = performance.now();
  }

  onFrame(type: number, id: number, batch: Buffer, start: number, end: number): void {
    if (this.phase === 'closed') return;
    if (type === FRAME.open) {
      this.onOpen(id, batch, start, end);
      return;
    }
    if (type < FRAME.ping) {
      this.onRequestFrame(type, id, batch, start, end);
      return;
    }
    switch (type) {
      case FRAME.ping:
        this.onPing(readNumber(type, batch, start, end));
        return;
      case FRAME.drain:
        this.isDrained = true;
        this.tell(() => this.events.onDrain(this));
        this.onCalmer();
        return;
      case FRAME.resume:
        this.onResume(readNumber(type, batch, start, end));
        return;
      default:
        throw violation(`an adapter sent a ${frameName(type)} frame`);
    }
  }

  protected onSignOfLife(type: number): void {
    if (type !== FRAME.pong) throw violation('an adapter asked for a sign of life');
  }

  protected override onHeard(): void {
    this.keepalive.heard();
  }

  protected announce(announcement: Announcement): void {
    if (announcement === 'announceConnected') this.tell(() => this.events.onConnected(this));
    else if (announcement === 'announceSuspended') this.tell(() => this.events.onSuspended(this));
    else if (announcement === 'announceClosed') {
      this.keepalive.stop();
      this.dialer.stop();
      const error = this.ending?.error ?? new BatonError('CHANNEL_CLOSED', 'the session was closed');
      this.tell(() => this.events.onClosed(this, error));
    }
  }

  protected redial(): void {
    this.keepalive.stop();
    this.dialer.dialAgain();
  }

  protected onCalmer(): void {
    if (this.phase === 'closed' || (this.streams.size > 0 && !this.settled)) return;
    try {
      this.events.onSettled(this);
    } catch (error) {
      surface(error);
    }
  }

  private onOpen(id: number, batch: Buffer, start: number, end: number): void {
    if (this.streams.wasUsed(id) || id === 0) throw violation(`request ${id} was opened twice`);
    if (this.streams.size >= this.sender.limits.maxStreams) throw violation(`more than ${this.sender.limits.maxStreams} requests are open`);
    const head = readOpenHead(batch, start, end, this.channel.protocol);
    this.streams.lastId = id;
    // Also when it is leaving: what was written before the drain frame is begun, and a body that is gone from the adapter cannot be moved.
    const stream = new WorkerResponse(id, this, head, readOpenEnded(batch, start), this.readAtMs);
    this.streams.add(stream);
    try {
      stream.handOver(this.events.onRequest(stream));
    } catch (error) {
      stream.reset('APP_ABORTED', 'the worker could not take the request');
      surface(error);
    }
  }

  private onRequestFrame(type: number, id: number, batch: Buffer, start: number, end: number): void {
    const stream = this.streams.get(id) as WorkerResponse | undefined;
    if (!stream) {
      if (!this.streams.wasUsed(id)) throw violation(`a ${frameName(type)} frame names request ${id}, which was never opened`);
      return;
    }
    switch (type) {
      case FRAME.data:
        if (!stream.receiveData(stream.borrows ? batch.subarray(start, end) : this.bytesToKeep(batch, start, end)))
          throw violation(`request ${id} got more bytes than its credit`);
        return;
      case FRAME.end:
        stream.receiveEnd(batch, start, end);
        return;
      case FRAME.credit:
        stream.receiveCreditFrame(readNumber(type, batch, start, end));
        return;
      case FRAME.reset: {
        const { cause, text } = readReset(batch, start, end);
        stream.close();
        stream.deliverReset(cause, text);
        return;
      }
      default:
        throw violation(`an adapter sent a ${frameName(type)} frame`);
    }
  }

  private onPing(number: number): void {
    const { onPing } = this.events;
    if (!onPing) {
      this.pong(number);
      return;
    }
    let isAnswered = false;
    this.tell(() =>
      onPing(() => {
        if (!isAnswered) this.pong(number);
        isAnswered = true;
      }),
    );
  }

  private pong(number: number): void {
    if (this.phase === 'closed') return;
    if (this.phase === 'severed') {
      // The first answer makes the session connected on both sides or on neither: it waits for the link.
      this.latePong = number;
      return;
    }
    this.sender.number(FRAME.pong, 0, number);
    this.happen('proved');
  }

  private onResume(number: number): void {
    // A worker told to stop never takes a drain back: the adapter learns of it by `leaving`.
    if (this.isLeaving) return;
    this.isDrained = false;
    this.sender.number(FRAME.resumed, 0, number);
    this.tell(() => this.events.onResume(this));
  }

  /** For rare events only: a closure for each. */
  private tell(event: () => void): void {
    try {
      event();
    } catch (error) {
      surface(error);
    }
  }
}
