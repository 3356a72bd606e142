import { BatonError } from '@baton/core';
import { batchAck, batchNumber, type FrameSink, readFrames } from '../codec/batch-reader.ts';
import { ackMessage, BatchWriter, looseMessage } from '../codec/batch-writer.ts';
import { writeNumber, writeReset } from '../codec/control.ts';
import { writeEnd } from '../codec/end.ts';
import { BATCH_HEADER_BYTES, FRAME, frameName } from '../codec/frame-types.ts';
import { writeResponseHead } from '../codec/response-head.ts';
import { violation } from '../codec/violation.ts';
import { type PeerLimits, peerLimits } from '../limits.ts';
import type { Link, LinkReceiver } from '../link/link.ts';
import type { ChannelLimits, ResetCause, ResponseHead, SessionState, Timings } from '../types.ts';
import { Outbox } from './outbox.ts';
import type { StreamHalf } from './stream-half.ts';
import { StreamTable } from './stream-table.ts';
import { type Effect, type Happening, type Phase, stateOf, transition } from './transition.ts';

/** A batch is closed once it has this many bytes, so that a turn with much to send goes out in pieces. */
const CUT_BYTES = 131_072;
/** After so many batches, or bytes, an acknowledgement goes out alone. */
const ACK_BATCHES = 64;
const ACK_BYTES = 262_144;

/** Why a session ended. */
export interface Ending {
  readonly cause: ResetCause;
  readonly error: BatonError;
}

/**
 * What both ends of a session do alike: batches out and in, acknowledgements, the link under it and its replacement.
 *
 * - Frames are written into the batch being filled; it goes out once per event-loop turn.
 * - Every numbered batch is kept until acknowledged; after a link was replaced the rest is sent again, and what comes twice is dropped.
 */
export abstract class SessionCore implements FrameSink {
  readonly limits: ChannelLimits;
  peer: PeerLimits;
  /** Body bytes per frame: ours and the peer's limit. */
  dataFrameBytes: number;
  protected phase: Phase = 'greeting';
  protected readonly writer = new BatchWriter();
  protected readonly outbox = new Outbox();
  protected readonly streams: StreamTable<StreamHalf>;
  /** Number of the last batch that was read. */
  protected received = 0;
  protected ending: Ending | undefined;
  private link: Link | undefined;
  private ackSent = 0;
  private bytesSinceAck = 0;
  private ackTimer: NodeJS.Timeout | undefined;
  private limitTimer: NodeJS.Timeout | undefined;
  private isFlushScheduled = false;
  private blocked: StreamHalf[] = [];
  private readonly flushBound = (): void => this.flush();
  private readonly ackBound = (): void => this.onAckTimer();

  constructor(limits: ChannelLimits) {
    this.limits = limits;
    this.peer = peerLimits(limits);
    this.dataFrameBytes = limits.dataFrameBytes;
    this.streams = new StreamTable(limits.maxStreams);
  }

  get state(): SessionState {
    return stateOf(this.phase);
  }

  get inFlight(): number {
    return this.streams.size;
  }

  /** Every frame written here is acknowledged. */
  get settled(): boolean {
    return this.writer.isEmpty && this.outbox.bytes === 0;
  }

  // ---- what streams write ---------------------------------------------------------------------------------------

  /** False: too much is unacknowledged, body bytes have to wait. */
  hasRoom(): boolean {
    return this.outbox.bytes + this.writer.bytes < this.limits.maxUnackedBytes;
  }

  /** Calls the stream's `onRoom` when there is room again. */
  block(stream: StreamHalf): void {
    this.blocked.push(stream);
  }

  sendData(id: number, chunk: Buffer, from: number, length: number): void {
    this.writer.bytesFrame(FRAME.data, id, chunk, from, length);
    this.written();
  }

  sendNumber(type: number, id: number, value: number): void {
    writeNumber(this.writer, type, id, value);
    this.written();
  }

  sendEmpty(type: number): void {
    this.writer.begin(type, 0, 0);
    this.written();
  }

  sendReset(id: number, cause: ResetCause, text: string): void {
    writeReset(this.writer, id, cause, text);
    this.written();
  }

  /** False: the trailers cannot be written. */
  sendEnd(id: number, trailers: readonly string[] | undefined, timings: Timings | undefined): boolean {
    if (!writeEnd(this.writer, id, trailers, timings, this.peer.maxFrameBytes)) return false;
    this.written();
    return true;
  }

  /** `type`: head or interim. False: it cannot be written. */
  sendResponseHead(type: number, id: number, head: ResponseHead): boolean {
    if (!writeResponseHead(this.writer, type, id, head, this.peer.maxFrameBytes)) return false;
    this.written();
    return true;
  }

  /** To be called behind each frame written: sees that it goes out. */
  written(): void {
    if (this.writer.bytes >= CUT_BYTES) this.cut();
    else if (!this.isFlushScheduled) {
      this.isFlushScheduled = true;
      setImmediate(this.flushBound);
    }
  }

  removeStream(stream: StreamHalf): void {
    this.streams.remove(stream);
    this.onCalmer();
  }

  // ---- link -----------------------------------------------------------------------------------------------------

  /** Takes what a link brings as long as it is this session's; a link that was replaced is heard no more. */
  protected receiverFor(link: () => Link | undefined): LinkReceiver {
    return {
      onBatch: (batch) => {
        if (this.link !== undefined && this.link === link()) this.receive(batch);
      },
      onLost: () => {
        if (this.link !== undefined && this.link === link()) this.happen('linkLost');
      },
    };
  }

  protected useLink(link: Link): void {
    this.link?.destroy();
    this.link = link;
  }

  protected setPeer(peer: PeerLimits): void {
    this.peer = peer;
    this.dataFrameBytes = Math.min(this.limits.dataFrameBytes, peer.maxFrameBytes);
  }

  /** Number of the last batch the peer says it has: everything up to it is done with. */
  protected peerHas(number: number): void {
    this.outbox.ack(number);
  }

  protected sendLoose(type: number): void {
    this.link?.send(looseMessage(this.received, type));
  }

  // ---- phases ---------------------------------------------------------------------------------------------------

  /** Moves the session and carries out the effects; false: the move is not in the table and nothing happened. */
  protected happen(happening: Happening): boolean {
    const move = transition(this.phase, happening);
    if (!move) return false;
    this.phase = move.to;
    for (const effect of move.effects) this.carryOut(effect);
    return true;
  }

  /** Ends the session; the first ending counts. */
  protected finish(happening: 'ended' | 'refused' | 'limitPassed', cause: ResetCause, error: BatonError): void {
    this.ending ??= { cause, error };
    this.happen(happening);
  }

  protected abstract announce(effect: 'announceConnected' | 'announceSuspended' | 'announceResumed' | 'announceClosed'): void;
  /** Worker: dial again. */
  protected abstract redial(): void;
  /** A frame about a request or the session, from a numbered batch. */
  abstract onFrame(type: number, id: number, batch: Buffer, start: number, end: number): void;
  /** A frame of a batch without number: signs of life. */
  protected abstract onLooseFrame(type: number): void;
  /** A request ended, or everything was acknowledged. */
  protected abstract onCalmer(): void;
  /** Acknowledgements made room. */
  protected onRoom(): void {}
  /** A batch arrived, whatever it held. */
  protected onSignOfLife(): void {}

  private carryOut(effect: Effect): void {
    switch (effect) {
      case 'startLimit':
        this.limitTimer = setTimeout(() => this.onLimit(), this.limits.resumeLimitMs);
        break;
      case 'stopLimit':
        clearTimeout(this.limitTimer);
        break;
      case 'redial':
        this.redial();
        break;
      case 'resend':
        this.resend();
        break;
      case 'dropLink':
        this.dropLink();
        break;
      case 'endRequests':
        this.endRequests();
        break;
      default:
        this.announce(effect);
    }
  }

  private onLimit(): void {
    const limitMs = this.limits.resumeLimitMs;
    this.finish('limitPassed', 'LINK_LOST', new BatonError('CHANNEL_RESUME_EXPIRED', `the link did not resume within ${limitMs} ms`));
  }

  private dropLink(): void {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.link?.destroy();
    this.link = undefined;
  }

  private endRequests(): void {
    const { cause, error } = this.ending ?? { cause: 'SESSION_CLOSED', error: new BatonError('CHANNEL_CLOSED', 'the session was closed') };
    for (const stream of this.streams.all()) {
      stream.close();
      stream.deliverReset(cause, error.message);
    }
    this.blocked = [];
  }

  private resend(): void {
    for (const message of this.outbox.kept()) this.link?.send(message);
    this.flush();
  }

  // ---- batches out ----------------------------------------------------------------------------------------------

  protected flush(): void {
    this.isFlushScheduled = false;
    if (!this.writer.isEmpty && this.isLinked()) this.cut();
  }

  private isLinked(): boolean {
    return this.phase === 'open' || this.phase === 'proving';
  }

  private cut(): void {
    const message = this.writer.take(this.outbox.last + 1, this.received);
    this.outbox.keep(message);
    if (!this.isLinked()) return;
    this.link?.send(message);
    this.ackSent = this.received;
    this.bytesSinceAck = 0;
  }

  // ---- batches in -----------------------------------------------------------------------------------------------

  private receive(batch: Buffer): void {
    try {
      this.read(batch);
    } catch (error) {
      this.finish('ended', 'PROTOCOL', BatonError.from(error));
    }
  }

  private read(batch: Buffer): void {
    if (batch.length > this.limits.maxBatchBytes)
      throw violation(`a batch has ${batch.length} bytes, ${this.limits.maxBatchBytes} are allowed`);
    const number = batchNumber(batch);
    this.onSignOfLife();
    this.takeAck(batchAck(batch));
    if (number === 0) {
      this.readLoose(batch);
      return;
    }
    if (number > this.received + 1) throw violation(`batch ${number} came after ${this.received}`);
    if (number === this.received + 1) {
      this.received = number;
      this.onBatchBegins();
      readFrames(batch, this.limits.maxFrameBytes, this);
    }
    this.oweAck(batch.length);
  }

  /** Before the frames of a batch are read. */
  protected onBatchBegins(): void {}

  private readLoose(batch: Buffer): void {
    if (batch.length === BATCH_HEADER_BYTES) return;
    readFrames(batch, this.limits.maxFrameBytes, {
      onFrame: (type, _id, _batch, start, end) => {
        if ((type !== FRAME.ping && type !== FRAME.pong) || start !== end)
          throw violation(`a batch without number holds a ${frameName(type)} frame`);
        this.onLooseFrame(type);
      },
    });
  }

  private takeAck(number: number): void {
    if (number <= this.outbox.acked) return;
    this.outbox.ack(number);
    if (this.blocked.length > 0 && this.hasRoom()) {
      const streams = this.blocked;
      this.blocked = [];
      for (const stream of streams) stream.onRoom();
    }
    this.onRoom();
    if (this.outbox.bytes === 0) this.onCalmer();
  }

  private oweAck(bytes: number): void {
    if (!this.isLinked()) return;
    this.bytesSinceAck += bytes;
    if (this.received - this.ackSent >= ACK_BATCHES || this.bytesSinceAck >= ACK_BYTES) {
      if (this.writer.isEmpty) this.sendAck();
    } else this.ackTimer ??= setTimeout(this.ackBound, this.limits.ackDelayMs);
  }

  private onAckTimer(): void {
    this.ackTimer = undefined;
    if (this.received > this.ackSent && this.isLinked()) this.sendAck();
  }

  private sendAck(): void {
    this.link?.send(ackMessage(this.received));
    this.ackSent = this.received;
    this.bytesSinceAck = 0;
  }
}
