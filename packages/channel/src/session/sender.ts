import { ackMessage, BatchWriter, looseMessage } from '../codec/batch-writer.ts';
import { writeNumber, writeReset } from '../codec/control.ts';
import { writeEnd } from '../codec/end.ts';
import { FRAME, FRAME_HEADER_BYTES } from '../codec/frame-types.ts';
import { writeOpen } from '../codec/request-head.ts';
import { writeResponseHead } from '../codec/response-head.ts';
import { type PeerLimits, peerLimits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import type { ChannelLimits, RequestHead, ResetCause, ResponseHead, Timings } from '../types.ts';
import { noteBulk } from './bulk-garbage.ts';
import { Outbox } from './outbox.ts';
import { Traffic } from './traffic.ts';

/** A batch is closed once it has this many bytes, so that a turn with much to send goes out in pieces. */
const CUT_BYTES = 131_072;

/** A stream whose body bytes wait for room. */
export interface Waiter {
  onRoom(): void;
}

/**
 * What one end of a session sends: frames into the batch being filled, the batch out once per event-loop turn, kept until acknowledged.
 *
 * - The turn's end is `setImmediate`: at 64 connections half the CPU of flushing in a microtask, at one connection 3 µs later (docs/adr/0002).
 * - On a lane a batch also goes out every few frames, so that the peer works on them while this end goes on (docs/adr/0005).
 * - Without a link everything is kept; `attach` sends it again, with the numbers it had.
 */
export class Sender {
  readonly limits: ChannelLimits;
  peer: PeerLimits;
  /** Body bytes per frame: our limit or the peer's, whichever is less. */
  dataFrameBytes: number;
  readonly outbox = new Outbox();
  /** What this end has sent, and read. */
  readonly traffic = new Traffic();
  /** Number of the peer's last batch that was read here: rides on every batch. */
  received = 0;
  /** The value of `received` the peer was told last. */
  ackSent = 0;
  private readonly writer = new BatchWriter();
  private cutBytes = CUT_BYTES;
  private cutFrames = Number.POSITIVE_INFINITY;
  private frames = 0;
  private link: Link | undefined;
  private isFlushScheduled = false;
  private waiters: Waiter[] = [];
  private readonly flushBound = (): void => this.flush();

  constructor(limits: ChannelLimits) {
    this.limits = limits;
    this.peer = peerLimits(limits);
    this.dataFrameBytes = limits.dataFrameBytes;
  }

  setPeer(peer: PeerLimits): void {
    this.peer = peer;
    this.dataFrameBytes = Math.min(this.limits.dataFrameBytes, peer.maxFrameBytes);
    this.cutBytes = Math.min(CUT_BYTES, peer.maxBatchBytes - peer.maxFrameBytes - FRAME_HEADER_BYTES);
  }

  /** Bytes written and not acknowledged. */
  get unackedBytes(): number {
    return this.outbox.bytes + this.writer.bytes;
  }

  /** Everything written is acknowledged. */
  get isSettled(): boolean {
    return this.writer.isEmpty && this.outbox.bytes === 0;
  }

  // ---- frames ---------------------------------------------------------------------------------------------------

  /** False: the head cannot be written. */
  open(id: number, head: RequestHead, ended: boolean): boolean {
    return writeOpen(this.writer, id, head, ended, this.peer.maxFrameBytes) && this.written();
  }

  /** `type`: head or interim. False: it cannot be written. */
  responseHead(type: number, id: number, head: ResponseHead): boolean {
    return writeResponseHead(this.writer, type, id, head, this.peer.maxFrameBytes) && this.written();
  }

  data(id: number, chunk: Buffer, length: number): void {
    this.writer.bytesFrame(FRAME.data, id, chunk, 0, length);
    this.written();
  }

  /** False: the trailers cannot be written. */
  end(id: number, trailers: readonly string[] | undefined, timings: Timings | undefined): boolean {
    return writeEnd(this.writer, id, trailers, timings, this.peer.maxFrameBytes) && this.written();
  }

  reset(id: number, cause: ResetCause, text: string): void {
    writeReset(this.writer, id, cause, text);
    this.written();
  }

  /** A frame whose payload is one number. */
  number(type: number, id: number, value: number): void {
    writeNumber(this.writer, type, id, value);
    this.written();
  }

  /** A frame about the session whose payload is `bytes`. */
  bytes(type: number, bytes: Buffer): void {
    this.writer.bytesFrame(type, 0, bytes, 0, bytes.length);
    this.written();
  }

  // ---- room -----------------------------------------------------------------------------------------------------

  /** False: too much is unacknowledged, body bytes have to wait. */
  hasRoom(): boolean {
    return this.unackedBytes < this.limits.maxUnackedBytes;
  }

  /** Calls `onRoom` once there is room again. */
  waitForRoom(waiter: Waiter): void {
    this.waiters.push(waiter);
  }

  /** The peer has got everything up to `number`. Throws CHANNEL_PROTOCOL when that was never sent. */
  acked(number: number): void {
    this.outbox.ack(number);
    if (this.waiters.length === 0 || !this.hasRoom()) return;
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter.onRoom();
  }

  // ---- links ----------------------------------------------------------------------------------------------------

  /** Sends over `link` from now on, first what the peer has not got. */
  attach(link: Link): void {
    this.link = link;
    this.cutFrames = link.cutFrames ?? Number.POSITIVE_INFINITY;
    for (const message of this.outbox.kept()) link.send(message);
    this.flush();
  }

  detach(): void {
    this.link = undefined;
    this.cutFrames = Number.POSITIVE_INFINITY;
  }

  /** Forgets everything: the session is closed. */
  clear(): void {
    this.detach();
    this.outbox.clear();
    this.waiters = [];
  }

  /** Sends a batch without number: an acknowledgement, with a frame of `type` when given. Nothing on a lost link. */
  loose(type?: number): void {
    if (!this.link) return;
    this.link.send(type === undefined ? ackMessage(this.received) : looseMessage(this.received, type));
    this.ackSent = this.received;
  }

  /** True while a batch is being filled: its acknowledgement goes out with it. */
  get isFilling(): boolean {
    return !this.writer.isEmpty;
  }

  private written(): true {
    if (++this.frames >= this.cutFrames || this.writer.bytes >= this.cutBytes) this.cut();
    else if (!this.isFlushScheduled) {
      this.isFlushScheduled = true;
      setImmediate(this.flushBound);
    }
    return true;
  }

  private flush(): void {
    this.isFlushScheduled = false;
    if (this.link && !this.writer.isEmpty) this.cut();
  }

  private cut(): void {
    this.traffic.framesSent += this.frames;
    this.frames = 0;
    const message = this.writer.take(this.outbox.last + 1, this.received);
    this.traffic.bytesSent += message.length;
    this.outbox.keep(message, this.writer.taken);
    if (!this.link) return;
    this.link.send(message);
    this.ackSent = this.received;
    noteBulk(message.length);
  }
}
