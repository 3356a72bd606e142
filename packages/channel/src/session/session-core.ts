import { BatonError } from '@baton/core';
import { batchAck, batchNumber, type FrameSink, keepableSlice, readFrames } from '../codec/batch-reader.ts';
import { BATCH_HEADER_BYTES, VERSIONS } from '../codec/frame-types.ts';
import { isHandshake, type RefuseCode, readHandshake, refuseMessage } from '../codec/handshake.ts';
import { readSignOfLife } from '../codec/loose.ts';
import { violation } from '../codec/violation.ts';
import type { PeerLimits } from '../limits.ts';
import type { Link, LinkReceiver } from '../link/link.ts';
import type { ChannelLimits, ResetCause, SessionState } from '../types.ts';
import { Acknowledger } from './acknowledger.ts';
import { noteBulk } from './bulk-garbage.ts';
import { Sender } from './sender.ts';
import type { StreamHalf } from './stream-half.ts';
import { StreamTable } from './stream-table.ts';
import { type Announcement, type Effect, type Happening, type Phase, stateOf, transition } from './transition.ts';

/** Why a session ended. */
export interface Ending {
  readonly cause: ResetCause;
  readonly error: BatonError;
  /** The peer knows: it said so, or is gone. */
  readonly isPeers: boolean;
}

/**
 * What both ends of a session do alike: read batches, acknowledge them, move through the phases, change the link.
 *
 * - Every numbered batch is kept until acknowledged; after a link was replaced the rest is sent again, and what comes twice is dropped.
 * - A violation ends the session: the same bytes would come again after a resume.
 */
export abstract class SessionCore implements FrameSink {
  readonly sender: Sender;
  protected phase: Phase = 'greeting';
  protected readonly streams: StreamTable<StreamHalf>;
  protected ending: Ending | undefined;
  protected resumeLimitMs: number;
  /** Batches lie in memory that is used again. */
  private isMemoryReused = false;
  /** Body bytes of the batch being read that were copied. */
  private copiedBytes = 0;
  private link: Link | undefined;
  private readonly acknowledger: Acknowledger;
  private limitTimer: NodeJS.Timeout | undefined;

  constructor(limits: ChannelLimits) {
    this.sender = new Sender(limits);
    this.acknowledger = new Acknowledger(this.sender);
    this.streams = new StreamTable(limits.maxStreams);
    this.resumeLimitMs = limits.resumeLimitMs;
  }

  get state(): SessionState {
    return stateOf(this.phase);
  }

  get inFlight(): number {
    return this.streams.size;
  }

  get settled(): boolean {
    return this.sender.isSettled;
  }

  /** Number of the last batch read, for hello and welcome. */
  get lastReceived(): number {
    return this.sender.received;
  }

  removeStream(stream: StreamHalf): void {
    this.streams.remove(stream);
    this.onCalmer();
  }

  // ---- for the two ends -----------------------------------------------------------------------------------------

  /** Lets a link carry the session: a first one, or one that proved the resume token, whose peer has everything up to `received`. */
  protected join(link: Link, peer: PeerLimits, received: number, happening: 'welcomed' | 'resumed'): LinkReceiver {
    this.sender.setPeer(peer);
    this.link?.destroy();
    this.link = link;
    this.isMemoryReused = link.reusesMemory === true;
    this.sender.acked(received);
    this.happen(happening);
    // A link that was replaced is heard no more.
    return {
      onBatch: (batch) => {
        if (this.link === link) this.receive(batch);
      },
      onBroken: (error) => {
        if (this.link === link) this.finish('ended', 'PROTOCOL', error);
      },
      onLost: () => {
        if (this.link === link) this.happen('linkLost');
      },
    };
  }

  /** Moves the session and carries out the effects; a move that is not in the table does nothing. */
  protected happen(happening: Happening): void {
    const move = transition(this.phase, happening);
    if (!move) return;
    this.phase = move.to;
    for (const effect of move.effects) this.carryOut(effect);
  }

  /** Ends the session; the first ending counts. */
  protected finish(happening: 'ended' | 'refused' | 'limitPassed', cause: ResetCause, error: BatonError, isPeers = false): void {
    this.ending ??= { cause, error, isPeers };
    this.happen(happening);
  }

  protected abstract announce(announcement: Announcement): void;
  /** Worker: dial again. */
  protected abstract redial(): void;
  /** A frame about a request or the session. */
  abstract onFrame(type: number, id: number, batch: Buffer, start: number, end: number): void;
  /** A request ended, or everything was acknowledged. */
  protected abstract onCalmer(): void;
  /** The peer asks for a sign of life, or gives one. */
  protected abstract onSignOfLife(type: number): void;
  /** A batch arrived, whatever it holds. */
  protected onHeard(): void {}
  /** Before the frames of a batch are read. */
  protected onBatchBegins(): void {}
  /** Acknowledgements came. */
  protected onAcked(): void {}

  // ---- effects --------------------------------------------------------------------------------------------------

  private carryOut(effect: Effect): void {
    switch (effect) {
      case 'startLimit':
        this.limitTimer = setTimeout(() => this.onLimit(), this.resumeLimitMs);
        break;
      case 'stopLimit':
        clearTimeout(this.limitTimer);
        break;
      case 'redial':
        this.redial();
        break;
      case 'useLink':
        if (this.link) this.sender.attach(this.link);
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
    const error = new BatonError('CHANNEL_RESUME_EXPIRED', `the link did not resume within ${this.resumeLimitMs} ms`);
    this.finish('limitPassed', 'LINK_LOST', error);
  }

  private dropLink(): void {
    this.acknowledger.stop();
    this.sender.detach();
    const link = this.link;
    this.link = undefined;
    if (!link) return;
    if (this.phase !== 'closed' || !this.ending || this.ending.isPeers) link.destroy();
    else {
      link.send(refuseMessage({ versions: VERSIONS, code: codeFor(this.ending), message: this.ending.error.message }));
      link.end();
    }
  }

  private endRequests(): void {
    const cause = this.ending?.cause ?? 'SESSION_CLOSED';
    const text = this.ending?.error.message ?? 'the session was closed';
    for (const stream of this.streams.all()) {
      stream.close();
      stream.deliverReset(cause, text);
    }
    this.sender.clear();
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
    const { maxBatchBytes, maxFrameBytes } = this.sender.limits;
    if (batch.length > maxBatchBytes) throw violation(`a batch has ${batch.length} bytes, ${maxBatchBytes} are allowed`);
    const number = batchNumber(batch);
    this.onHeard();
    this.takeAck(batchAck(batch));
    if (number === 0) {
      this.readLoose(batch);
      return;
    }
    const received = this.sender.received;
    if (number > received + 1) throw violation(`batch ${number} came after ${received}`);
    if (number === received + 1) {
      this.sender.received = number;
      this.onBatchBegins();
      const { traffic } = this.sender;
      traffic.bytesReceived += batch.length;
      traffic.framesReceived += readFrames(batch, maxFrameBytes, this);
    }
    noteBulk(this.isMemoryReused ? this.copiedBytes : batch.length);
    this.copiedBytes = 0;
    if (this.phase !== 'closed') this.acknowledger.owe(batch.length);
  }

  /** Body bytes of a frame for a reader that may keep them. */
  protected bytesToKeep(batch: Buffer, start: number, end: number): Buffer {
    if (!this.isMemoryReused) return keepableSlice(batch, start, end);
    this.copiedBytes += end - start;
    const bytes = Buffer.allocUnsafe(end - start);
    batch.copy(bytes, 0, start, end);
    return bytes;
  }

  private readLoose(batch: Buffer): void {
    if (batch.length === BATCH_HEADER_BYTES) return;
    if (isHandshake(batch)) {
      const handshake = readHandshake(batch);
      if (handshake.type !== 'refuse') throw violation(`a ${handshake.type} frame came on a link that is greeted already`);
      const { code, message } = handshake.refuse;
      this.finish('ended', code === 'CHANNEL_PROTOCOL' ? 'PROTOCOL' : 'SESSION_CLOSED', new BatonError(code, message), true);
      return;
    }
    this.onSignOfLife(readSignOfLife(batch));
  }

  private takeAck(number: number): void {
    if (number <= this.sender.outbox.acked) return;
    this.sender.acked(number);
    this.onAcked();
    if (this.sender.isSettled) this.onCalmer();
  }
}

/** What the peer is told of an ending. */
function codeFor({ cause, error }: Ending): RefuseCode {
  if (cause === 'PROTOCOL') return 'CHANNEL_PROTOCOL';
  return error.code === 'CHANNEL_RESUME_EXPIRED' ? 'CHANNEL_RESUME_EXPIRED' : 'CHANNEL_CLOSED';
}
