import { FRAME } from '../codec/frame-types.ts';
import type { ByteStream, ResetCause } from '../types.ts';
import type { Sender, Waiter } from './sender.ts';
import type { SessionCore } from './session-core.ts';

/** What both halves of a request have: bytes out against the peer's credit, credit back for bytes in, and an end on each side. */
export abstract class StreamHalf implements ByteStream, Waiter {
  readonly id: number;
  protected readonly sender: Sender;
  private readonly core: SessionCore;
  /** Bytes the peer still takes. */
  private sendCredit: number;
  /** Bytes the peer may still send. */
  private receiveCredit: number;
  /** Bytes consumed and not given back yet. */
  private unreturned = 0;
  private queue: Buffer[] | undefined;
  private queuedBytes = 0;
  /** `write` has said false and `onCredit` is owed. */
  private owesCredit = false;
  private isBlocked = false;
  /** `end` was called. */
  protected isEnding = false;
  protected trailers: readonly string[] | undefined;
  protected localEnded = false;
  protected remoteEnded = false;
  /** Nothing is sent or delivered any more. */
  protected isClosed = false;

  constructor(id: number, core: SessionCore) {
    this.id = id;
    this.core = core;
    this.sender = core.sender;
    this.sendCredit = core.sender.peer.initialCredit;
    this.receiveCredit = core.sender.limits.initialCredit;
  }

  get buffered(): number {
    return this.queuedBytes;
  }

  write(chunk: Buffer, isLent = false): boolean {
    if (this.isEnding || this.isClosed) return true;
    const length = chunk.length;
    if (this.queuedBytes === 0 && length <= this.sendCredit && length <= this.sender.dataFrameBytes && this.sender.hasRoom()) {
      if (length > 0) {
        this.sendCredit -= length;
        this.sender.data(this.id, chunk, length);
      }
    } else {
      this.queuedBytes += length;
      this.queue ??= [];
      this.queue.push(chunk);
      this.pump();
      if (isLent) this.ownLast();
    }
    if (this.queuedBytes === 0 && this.sendCredit > 0) return true;
    this.owesCredit = true;
    return false;
  }

  consumed(bytes: number): void {
    if (this.remoteEnded || this.isClosed) return;
    const { initialCredit } = this.sender.limits;
    this.unreturned = Math.min(this.unreturned + bytes, initialCredit - this.receiveCredit);
    // Small grants would cost a frame each: a quarter of the window is given back at once.
    if (this.unreturned * 4 < initialCredit) return;
    this.sender.number(FRAME.credit, this.id, this.unreturned);
    this.receiveCredit += this.unreturned;
    this.unreturned = 0;
  }

  end(trailers?: readonly string[]): void {
    if (this.isEnding || this.isClosed) return;
    this.isEnding = true;
    this.trailers = trailers;
    if (this.queuedBytes === 0) this.finish();
  }

  reset(cause: ResetCause, text = ''): void {
    if (this.isClosed) return;
    this.sender.reset(this.id, cause, text);
    this.close();
  }

  /** The peer sent body bytes; false: more than it has credit for. */
  receiveData(chunk: Buffer): boolean {
    if (chunk.length > this.receiveCredit) return false;
    this.receiveCredit -= chunk.length;
    if (this.remoteEnded) this.breakOff('body bytes came behind the end of the body');
    else this.deliverData(chunk);
    return true;
  }

  receiveCreditFrame(bytes: number): void {
    // A sum beyond 2^53 would lose bytes; no peer that keeps the rules comes near it.
    this.sendCredit = Math.min(this.sendCredit + bytes, Number.MAX_SAFE_INTEGER);
    this.resume();
  }

  /** The session has room for body bytes again. */
  onRoom(): void {
    this.isBlocked = false;
    this.resume();
  }

  /** The peer's frames of this request make no sense together: it ends on both ends, the session goes on. */
  protected breakOff(text: string): void {
    this.reset('PROTOCOL', text);
    this.deliverReset('PROTOCOL', text);
  }

  /** The peer said end. */
  protected endRemote(): void {
    this.remoteEnded = true;
    if (this.localEnded) this.close();
  }

  /** Ends this half without a frame. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.queue = undefined;
    this.queuedBytes = 0;
    this.core.removeStream(this);
  }

  protected abstract deliverData(chunk: Buffer): void;
  protected abstract deliverCredit(): void;
  /** Writes the end frame; false when the trailers cannot be written. */
  protected abstract sendEnd(): boolean;
  abstract deliverReset(cause: ResetCause, text: string): void;

  private resume(): void {
    if (this.isClosed) return;
    this.pump();
    if (!this.owesCredit || this.queuedBytes > 0 || this.sendCredit === 0 || this.isEnding) return;
    this.owesCredit = false;
    this.deliverCredit();
  }

  private pump(): void {
    const queue = this.queue;
    if (!queue || this.isBlocked) return;
    let index = 0;
    while (index < queue.length && this.sendCredit > 0) {
      if (!this.sender.hasRoom()) {
        this.isBlocked = true;
        this.sender.waitForRoom(this);
        break;
      }
      const chunk = queue[index]!;
      const length = Math.min(chunk.length, this.sendCredit, this.sender.dataFrameBytes);
      this.sendCredit -= length;
      this.queuedBytes -= length;
      if (length > 0) this.sender.data(this.id, chunk, length);
      if (length === chunk.length) index++;
      else queue[index] = chunk.subarray(length);
    }
    if (index === queue.length) this.queue = undefined;
    else if (index > 0) this.queue = queue.slice(index);
    if (this.queuedBytes === 0 && this.isEnding && !this.localEnded) this.finish();
  }

  /** What is left of the last chunk is copied. */
  private ownLast(): void {
    const { queue } = this;
    if (queue && queue.length > 0) queue[queue.length - 1] = Buffer.from(queue[queue.length - 1]!);
  }

  private finish(): void {
    if (!this.sendEnd()) {
      this.refuseHead();
      return;
    }
    this.localEnded = true;
    if (this.remoteEnded) this.close();
  }

  /** A head or trailers that cannot travel: the request ends as a violation on both ends. */
  protected refuseHead(): void {
    this.reset('PROTOCOL', 'a head or trailers hold a NUL, a character beyond latin-1, or are too large');
    queueMicrotask(() => this.deliverReset('PROTOCOL', 'a head or trailers hold a NUL, a character beyond latin-1, or are too large'));
  }
}
