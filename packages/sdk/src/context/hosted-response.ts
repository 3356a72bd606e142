import type { ServerResponse } from 'node:http';
import { RQ_SEND_RESPONSE, RQ_SEND_RESPONSE_STATUS_AND_HEADERS } from '../constants/request-notifications.ts';
import { harmless } from '../errors/harmless.ts';
import { HostError } from '../errors/host-error.ts';
import { checkField } from './check-field.ts';
import type { ContextRun } from './context-run.ts';
import type { DataChunk, Sent } from './data-chunk.ts';
import type { HostedContext } from './hosted-context.ts';
import type { HttpResponse, ResponseStatus } from './http-response.ts';
import { installHeadless } from './response/capture.ts';
import { BUFFER_LIMIT_BYTES, dropPiece, isMemory, lengthOf, MAX_CHUNKS, type Piece, pieceOf } from './response/entity.ts';
import { HOSTED, type RawResponse } from './response/raw-response.ts';
import { ResponseHead } from './response/response-head.ts';
import { type OutputOwner, ResponseOutput } from './response/response-output.ts';
import { queryOf } from './url.ts';

/** The response of a context: what modules say to it is kept here, how it goes out is ResponseOutput's. */
export class HostedResponse extends ResponseHead implements HttpResponse, OutputOwner {
  readonly run: ContextRun;
  readonly #context: HostedContext;
  #output: ResponseOutput | undefined = undefined;
  #pieces: Piece[] | undefined = undefined;
  #chunkCount = 0;
  #bufferedBytes = 0;
  #isOpenToApp = false;
  #isWatched = false;
  #hasEnded = false;
  #isUnbuffered = false;
  #isSuppressed = false;
  #needsDisconnect = false;

  constructor(context: HostedContext) {
    super(context.res as RawResponse);
    this.#context = context;
    this.run = context.run;
  }

  get output(): ResponseOutput {
    this.#output ??= new ResponseOutput(this);
    return this.#output;
  }

  // ---- status and headers ---------------------------------------------------------------------------------------

  getRawHttpResponse(): ServerResponse {
    this.openToApp();
    return this.res;
  }
  getHeadersSent(): boolean {
    return this.#output?.isCaptured || this.#output?.isHeadOut ? this.#output.isHeadOut : this.res.headersSent;
  }
  override getStatus(): ResponseStatus {
    this.#output?.restoreStatus();
    return super.getStatus();
  }
  protected override putStatus(statusCode: number, reason: string): void {
    super.putStatus(statusCode, reason);
    this.#output?.keepStatus();
  }
  suppressHeaders(): void {
    if (this.#isOpenToApp || this.getHeadersSent())
      throw new HostError(
        'ERROR_INVALID_STATE',
        'suppressHeaders is for a response that a module gives whole, before RQ_EXECUTE_REQUEST_HANDLER.',
      );
    this.#isSuppressed = true;
  }
  getHeadersSuppressed(): boolean {
    return this.#isSuppressed;
  }
  redirect(url: string, resetStatusCode = true, includeParameters = false): void {
    if (this.getHeadersSent()) return;
    checkField('Location', url);
    const query = includeParameters ? queryOf(this.#context.req.url ?? '') : '';
    this.#output?.restoreStatus();
    const { statusCode, statusMessage } = this.res;
    this.clear();
    if (resetStatusCode) this.setStatus(302, 'Found');
    else this.putStatus(statusCode, statusMessage);
    this.setHeader('Location', query === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`);
  }

  // ---- the entity -----------------------------------------------------------------------------------------------

  clear(): void {
    const flush = this.#output?.openFlush;
    if (flush) {
      for (const piece of flush.pieces) if ('drop' in piece) piece.drop();
      flush.pieces = [];
      flush.isCleared = true;
    }
    this.#pieces = undefined;
    this.#chunkCount = 0;
    this.#bufferedBytes = 0;
    if (this.getHeadersSent()) return;
    this.clearHead();
  }
  writeEntityChunks(chunks: DataChunk | readonly DataChunk[], moreData = true): Sent {
    const list = Array.isArray(chunks) ? (chunks as readonly DataChunk[]) : [chunks as DataChunk];
    this.#count(list.length);
    for (const chunk of list) this.#add(pieceOf(chunk, true, this.run.walks), -1);
    return this.#flushIfFull(moreData);
  }
  /** Bytes of a child's response, which count as no pieces of a module. */
  append(bytes: Buffer): Sent {
    this.#count(0);
    this.#add(bytes, -1);
    return this.#flushIfFull(true);
  }
  getEntityChunks(): readonly DataChunk[] {
    const kept = this.#context.parent?.children.entityOf(this.#context) ?? [];
    const held = this.#output?.openFlush?.getEntityChunks() ?? (this.#pieces as readonly DataChunk[] | undefined) ?? [];
    return [...kept, ...held];
  }
  writeEntityChunkByReference(chunk: DataChunk, position = -1): void {
    this.#count(1);
    this.#add(pieceOf(chunk, false, this.run.walks), position);
  }

  #count(chunks: number): void {
    if (this.#chunkCount + chunks > MAX_CHUNKS)
      throw new HostError(
        'ERROR_ARITHMETIC_OVERFLOW',
        `A response has at most ${MAX_CHUNKS} pieces, and has ${this.#chunkCount}. Write larger ones.`,
      );
    if (this.isOut) throw new HostError('ERROR_INVALID_STATE', 'The response has ended: nothing can be written to it any more.');
    if (this.#isOpenToApp) this.#join();
    this.#chunkCount += chunks;
  }

  /** Pieces beside an app's output need its capture, and a framing that has room for them. */
  #join(): void {
    const { output } = this;
    const isOpen = output.isCaptured ? !output.isHeadOut || !this.res.hasHeader('content-length') : !this.res.headersSent;
    if (!isOpen)
      throw new HostError('ERROR_INVALID_STATE', "The app's response has begun, and its length is fixed: nothing can be put beside it.");
    output.capture();
  }

  #add(piece: Piece, position: number): void {
    this.#pieces ??= [];
    const pieces = this.#output?.openFlush?.pieces ?? this.#pieces;
    if (!Number.isInteger(position) || position < -1 || position > pieces.length)
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        `A position is 0 for the first to ${pieces.length}, or -1 for the last, not ${position}.`,
      );
    pieces.splice(position < 0 ? pieces.length : position, 0, piece);
    if (isMemory(piece)) this.#bufferedBytes += lengthOf(piece);
  }

  #flushIfFull(moreData: boolean): Sent {
    if (this.#output?.isHolding || this.#isOpenToApp) return 0;
    return this.#isUnbuffered || this.#bufferedBytes > BUFFER_LIMIT_BYTES ? this.flush(moreData) : 0;
  }

  get hasPieces(): boolean {
    return this.#pieces !== undefined && this.#pieces.length > 0;
  }
  takePieces(): Piece[] {
    const pieces = this.#pieces ?? [];
    this.#pieces = undefined;
    this.#bufferedBytes = 0;
    return pieces;
  }
  /** What is buffered will not be sent. */
  dropPieces(): void {
    for (const piece of this.takePieces()) dropPiece(piece);
  }
  flush(moreData = true): Promise<number> {
    return harmless(this.#flush(moreData));
  }
  async #flush(moreData: boolean): Promise<number> {
    if (this.isOut) throw new HostError('ERROR_INVALID_STATE', 'The response has ended: there is nothing to flush.');
    if (this.res.destroyed) throw new HostError('ERROR_CONNECTION_INVALID', 'The client is gone: there is nobody to flush to.');
    if (this.#output?.isHolding)
      throw new HostError('ERROR_BUSY', 'A flush is under way. Wait for it; in RQ_SEND_RESPONSE, what is written joins it.');
    if (this.#isOpenToApp && this.res.headersSent)
      throw new HostError('ERROR_INVALID_STATE', "The response is the app's, which flushes it by itself.");
    this.#watch();
    return await this.output.flush(!moreData);
  }
  disableBuffering(): void {
    this.#isUnbuffered = true;
  }

  // ---- the connection -------------------------------------------------------------------------------------------

  setNeedDisconnect(): void {
    this.#needsDisconnect = true;
    if (!this.getHeadersSent()) this.edit('setHeader', 'Connection', 'close');
  }
  getNeedDisconnect(): boolean {
    return this.#needsDisconnect;
  }
  resetConnection(): void {
    const { socket } = this.#context.req;
    if (typeof socket.resetAndDestroy === 'function') socket.resetAndDestroy();
    else socket.destroy();
  }
  closeConnection(): void {
    this.dropPieces();
    this.resetConnection();
  }

  // ---- for the pipeline -----------------------------------------------------------------------------------------

  /** The last byte is with Node. */
  get isOut(): boolean {
    return this.#output?.isEnded === true || (this.#output?.isCaptured !== true && this.res.writableEnded);
  }
  /** Status and headers are out, or the app has said what they are. */
  get hasStarted(): boolean {
    return this.res.headersSent || this.#output?.isHeadOut === true;
  }

  /** The head is out, or on its way in what a module has flushed and not waited for. */
  get #isBegun(): boolean {
    return this.getHeadersSent() || this.#output?.isSending === true;
  }

  /** A module has answered, whole, or as far as the length is fixed: nothing of an app has a place in it. */
  get isAnswered(): boolean {
    if (this.isOut || this.#output?.isEnding) return true;
    const { upgrade } = this.#context.req as { upgrade?: unknown };
    return this.#isBegun && (this.#isSuppressed || upgrade === true || this.res.hasHeader('content-length'));
  }

  /** Before the first handler of RQ_EXECUTE_REQUEST_HANDLER: from here on the response may be written to from outside. */
  openToApp(): void {
    if (this.#isOpenToApp) return;
    this.#isOpenToApp = true;
    this.#isSuppressed = false;
    this.#watch();
    const { run } = this;
    const isHeard = run.isSubscribed(RQ_SEND_RESPONSE) || run.isSubscribed(RQ_SEND_RESPONSE_STATUS_AND_HEADERS);
    if (isHeard || this.hasPieces || this.#output?.isSending) this.output.capture();
    if (this.#isBegun) installHeadless(this.res);
  }

  /** RQ_END_REQUEST is over: what modules have answered goes out; ends in the run's `responseEnded`. */
  sendAtEnd(): void {
    this.#watch();
    this.output.finish();
  }

  /** The request has failed: 500, or what is said, in place of all that is not out; a broken connection when something is. */
  failWith(statusCode: number, reason?: string): void {
    this.#watch();
    if (this.getHeadersSent()) {
      if (!this.isOut || !this.res.writableFinished) this.resetConnection();
      return;
    }
    const { output } = this;
    output.abandon();
    this.dropPieces();
    this.clear();
    this.setStatus(statusCode, reason ?? '');
    this.setHeader('Content-Type', 'text/plain; charset=utf-8');
    this.#isSuppressed = false;
    this.#pieces = [Buffer.from(`${this.getStatus().reason}\n`)];
    // The app has the request, and nobody would send it at the end: this is the end.
    if (this.#isOpenToApp) output.finish();
    else output.resume();
  }

  /** The end of a flush that waits, by cancelIo. */
  cancelFlush(): boolean {
    return this.#output?.cancel() ?? false;
  }

  /** Hears of the end of the ServerResponse, once. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.res[HOSTED] = this;
    if (this.res.closed) process.nextTick(tellClosed, this);
    else this.res.on('close', onClose);
  }

  /** The connection is gone, or all is out: said by the ServerResponse. */
  closed(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#output?.close();
    this.dropPieces();
    this.run.responseEnded();
  }
}

function onClose(this: RawResponse): void {
  this[HOSTED]?.closed();
}

function tellClosed(response: HostedResponse): void {
  response.closed();
}
