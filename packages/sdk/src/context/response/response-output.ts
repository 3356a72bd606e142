import { RQ_SEND_RESPONSE, RQ_SEND_RESPONSE_STATUS_AND_HEADERS } from '../../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../../constants/statuses.ts';
import { HostError } from '../../errors/host-error.ts';
import type { ContextRun } from '../context-run.ts';
import { AppOperation, END, WRITE } from './app-operation.ts';
import { installCapture, installDiscard } from './capture.ts';
import { dropPiece, giverOf, isApp, isMemory, type Piece } from './entity.ts';
import { Flush, type FlushWaiter } from './flush.ts';
import { NodeOutput } from './node-output.ts';
import { PLACEHOLDER, type RawResponse } from './raw-response.ts';
import { sendNow } from './send-now.ts';
import { settle, writePieces } from './write-pieces.ts';

/** Whose pieces a response is made of. */
export interface OutputOwner {
  readonly run: ContextRun;
  readonly res: RawResponse;
  /** The pieces are a whole message, head included. */
  getHeadersSuppressed(): boolean;
  /** What modules have buffered; it is theirs no more. */
  takePieces(): Piece[];
  readonly hasPieces: boolean;
  resetConnection(): void;
}

/**
 * The way out of one response: what the app writes and what modules have buffered, in order, one flush at a time.
 *
 * - A flush is shown to modules (RQ_SEND_RESPONSE, then, before the head, RQ_SEND_RESPONSE_STATUS_AND_HEADERS) and sent when they have decided. What the
 *   app says meanwhile is held back, and becomes the next flush.
 * - Where no module is told and nothing is buffered, the app's call goes straight to Node.
 */
export class ResponseOutput extends NodeOutput {
  readonly owner: OutputOwner;
  /** Nothing the app says from here on is sent. */
  isDropping = false;
  isCaptured = false;
  isClosed = false;
  #flush: Flush | undefined = undefined;
  #held: AppOperation[] | undefined = undefined;
  #owesDrain = false;
  /** RQ_END_REQUEST is over: what is left goes out now. */
  #isFinal = false;
  /** It is an error's answer, and modules have seen one flush already: they are not asked again. */
  #isUnasked = false;
  #wasAsked = false;

  constructor(owner: OutputOwner) {
    super(owner.res);
    this.owner = owner;
  }

  /** From here on the app's calls come by `operate`. */
  capture(): void {
    if (this.isCaptured) return;
    this.isCaptured = true;
    if (this.isSending) this.#letFollow(this.#flush!);
    installCapture(this.res);
  }

  /** The app speaks behind a flush that nobody has waited for, whose head is the response's. */
  #letFollow(flush: Flush): void {
    flush.isFollowed = true;
    this.giveHead();
  }

  /** A flush is in the hands of modules, or on its way. */
  get isHolding(): boolean {
    return this.#flush !== undefined;
  }
  /** It is on its way. */
  get isSending(): boolean {
    return this.#flush?.isSending === true;
  }
  /** It ends the response. */
  get isEnding(): boolean {
    return this.#flush?.endsResponse === true;
  }
  /** The flush that modules are looking at, to which they may add. */
  get openFlush(): Flush | undefined {
    return this.#flush?.isSending ? undefined : this.#flush;
  }

  // ---- the app --------------------------------------------------------------------------------------------------

  /** An operation of the app, head given. Answers what `write` does. */
  operate(kind: number, chunk: AppOperation['chunk'], encoding: AppOperation['encoding'], callback: AppOperation['callback']): boolean {
    if (this.#flush === undefined && !this.owner.hasPieces && !this.isAsked()) return this.perform(kind, chunk, encoding, callback);
    const operation = new AppOperation(kind, chunk, encoding, callback);
    if (this.#flush) {
      this.#held ??= [];
      this.#held.push(operation);
    } else {
      this.#begin([...this.owner.takePieces(), operation], kind === END, undefined);
    }
    if (this.#flush === undefined) return this.hasRoom;
    if (kind === END) this.res.finished = true;
    else if (kind === WRITE) this.#owesDrain = true;
    return false;
  }

  /** Whether some module is told of what goes out next. */
  isAsked(): boolean {
    if (this.#isUnasked) return false;
    const { run } = this.owner;
    return run.isSubscribed(RQ_SEND_RESPONSE) || (!this.isHeadOut && run.isSubscribed(RQ_SEND_RESPONSE_STATUS_AND_HEADERS));
  }

  // ---- modules --------------------------------------------------------------------------------------------------

  /** Sends what is buffered (IHttpResponse::Flush). */
  flush(isLast: boolean): Promise<number> {
    return new Promise((resolve, reject) => this.#begin(this.owner.takePieces(), isLast, { resolve, reject }));
  }

  /** RQ_END_REQUEST is over: ends the response, unless it has ended or is about to. */
  finish(): void {
    this.#isFinal = true;
    if (this.isEnded || this.isClosed || this.#flush) return;
    if (!this.isCaptured && this.res.writableEnded) return;
    this.#begin(this.owner.takePieces(), true, undefined);
  }

  /** Drops all there is: the owner puts another answer in its place, which goes out at the end. */
  abandon(): void {
    const flush = this.#flush;
    this.#flush = undefined;
    this.#drop(flush, new HostError('ERROR_OPERATION_ABORTED', 'The request failed before this was sent.'));
    this.isDropping = true;
    this.#isUnasked = this.#wasAsked;
    if (this.res._header === PLACEHOLDER) this.res._header = null;
    this.res.finished = false;
    installDiscard(this.res);
    this.isHeadGiven = false;
  }

  /** After `abandon`, once there is something else to say. */
  resume(): void {
    if (this.#isFinal) this.finish();
  }

  /** The connection is gone, or all is out. */
  close(): void {
    this.isClosed = true;
    const flush = this.#flush;
    this.#flush = undefined;
    if (flush || this.#held) this.#drop(flush, new HostError('ERROR_CONNECTION_INVALID', 'The client went away before this was sent.'));
  }

  /** Breaks off a flush that waits; false = there is none. */
  cancel(): boolean {
    const flush = this.#flush;
    if (!flush?.waiter) return false;
    this.#flush = undefined;
    flush.waiter.reject(new HostError('ERROR_OPERATION_ABORTED', 'The flush was ended by cancelIo.'));
    for (const piece of flush.pieces) dropPiece(piece);
    if (flush.isSending) this.owner.resetConnection();
    return true;
  }

  #drop(flush: Flush | undefined, error: HostError): void {
    flush?.waiter?.reject(error);
    for (const piece of flush?.pieces ?? []) dropPiece(piece, this.isClosed ? error : null);
    for (const operation of this.#held ?? []) operation.drop(this.isClosed ? error : null);
    this.#held = undefined;
    this.#owesDrain = false;
  }

  // ---- a flush, from its beginning to its end -------------------------------------------------------------------

  #begin(pieces: Piece[], isLast: boolean, waiter: FlushWaiter | undefined): void {
    const { run } = this.owner;
    if (!this.isCaptured && this.res.headersSent) this.isHeadOut = true;
    const flush = new Flush(this, pieces, isLast, waiter);
    this.#flush = flush;
    this.restoreStatus();
    if (this.#isUnasked || !run.isSubscribed(RQ_SEND_RESPONSE)) return void this.#decided(flush, RQ_NOTIFICATION_CONTINUE);
    this.#wasAsked = true;
    const status = run.raise(RQ_SEND_RESPONSE, flush, ResponseOutput.#sendDecided);
    if (status !== RQ_NOTIFICATION_PENDING) this.#decided(flush, status);
  }

  static #sendDecided(this: void, status: number, flush: Flush): void {
    flush.output.#decided(flush, status);
  }
  static #headDecided(this: void, status: number, flush: Flush): void {
    flush.output.#send(flush, status);
  }

  #decided(flush: Flush, status: number): void {
    if (this.#flush !== flush) return;
    if (status === RQ_NOTIFICATION_FINISH_REQUEST) flush.isFinished = true;
    const { run } = this.owner;
    this.restoreStatus();
    if (this.isHeadOut || this.#isUnasked || !run.isSubscribed(RQ_SEND_RESPONSE_STATUS_AND_HEADERS))
      return void this.#send(flush, RQ_NOTIFICATION_CONTINUE);
    this.#wasAsked = true;
    const next = run.raise(RQ_SEND_RESPONSE_STATUS_AND_HEADERS, flush, ResponseOutput.#headDecided);
    if (next !== RQ_NOTIFICATION_PENDING) this.#send(flush, next);
  }

  #send(flush: Flush, status: number): void {
    if (this.#flush !== flush) return;
    if (status === RQ_NOTIFICATION_FINISH_REQUEST) flush.isFinished = true;
    flush.isSending = true;
    this.restoreStatus();
    if (flush.pieces.every(isImmediate) && !this.owner.getHeadersSuppressed()) {
      try {
        sendNow(this, flush);
        this.sent(flush);
      } catch (error) {
        this.owner.run.fail(error, 'the response');
      }
    } else
      void writePieces(this, flush).then(
        () => this.sent(flush),
        (error: unknown) => this.#failed(flush, error),
      );
  }

  #failed(flush: Flush, error: unknown): void {
    if (this.#flush !== flush) return;
    flush.waiter?.reject(error as Error);
    // Who waits for it may say something else, while nothing is out and no app speaks behind it.
    if (flush.waiter && !this.isHeadOut && !flush.isFollowed && !this.#held) {
      this.#flush = undefined;
      return;
    }
    // Where the connection has failed it is nobody's piece.
    const isPiece = flush.current !== undefined && this.res.socket?.destroyed === false;
    this.owner.run.fail(error, 'a piece of the response', isPiece ? giverOf(flush.current!) : undefined);
  }

  /** Ends the response behind this flush. */
  end(flush: Flush, wasHeadOut: boolean, callback: AppOperation['callback']): void {
    const isCut = flush.isCleared || !flush.isLast;
    // The client would wait for bytes that were promised to it.
    if (wasHeadOut && isCut && this.res._hasBody && this.res.hasHeader('content-length')) {
      this.isEnded = true;
      this.owner.resetConnection();
    } else this.perform(END, undefined, undefined, callback);
  }

  /** False: it was broken off. */
  isUnderWay(flush: Flush): boolean {
    return this.#flush === flush;
  }

  /** A flush is with Node: what was held back meanwhile is next. */
  sent(flush: Flush): void {
    if (this.#flush !== flush) return;
    this.#flush = undefined;
    if (flush.isFinished && !flush.isLast) this.isDropping = true;
    if (flush.waiter) settle(this.res, flush, flush.waiter, this.isEnded);
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#next(held);
    if (this.#flush) return;
    if (this.#isFinal && !this.isEnded) return void this.finish();
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    // Where Node has no room it says 'drain' itself.
    if (!this.res.writableNeedDrain && !this.isEnded && !this.res.destroyed) this.res.emit('drain');
  }

  #next(held: AppOperation[]): void {
    if (this.isDropping) {
      for (const operation of held) operation.drop();
    } else if (this.isAsked() || this.owner.hasPieces) {
      this.#begin([...this.owner.takePieces(), ...held], held.at(-1)?.kind === END, undefined);
    } else {
      try {
        for (const { kind, chunk, encoding, callback } of held) this.perform(kind, chunk, encoding, callback);
      } catch (error) {
        this.owner.run.fail(error, 'the response');
      }
    }
  }
}

const isImmediate = (piece: Piece): boolean => isApp(piece) || isMemory(piece);
