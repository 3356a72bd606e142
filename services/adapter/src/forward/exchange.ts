import { type BodyValve, deadlineAfter, type EndingFacts, type HolderFacts, isSafe, RequestBody, Work } from '@baton/adapter-kit';
import type { AdapterSession, RequestStream, ResetCause, ResponseHead, Timings } from '@baton/channel';
import type { ErrorCode } from '@baton/core';
import type { FaultCode } from '../listener/head-fault.ts';
import type { RequestMessage } from '../listener/request-message.ts';
import { pathOf } from '../listener/target.ts';
import type { RequestTrace } from '../telemetry/request-trace.ts';
import { addedLines } from './added-lines.ts';
import type { ClientReply } from './client-reply.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { openHead } from './open-head.ts';
import { refusalOf } from './refusal.ts';

/** Ends of a stream that say nothing of the app. */
const LOST: ReadonlySet<ResetCause> = new Set<ResetCause>(['WORKER_DIED', 'LINK_LOST', 'SESSION_CLOSED']);

/**
 * One request from its head to the end of its response, whoever ends it.
 *
 * - One object per request and no closure: this is the hot path.
 */
export class Exchange extends Work implements BodyValve {
  readonly message: RequestMessage;
  readonly reply: ClientReply;
  requestId = '';
  /** Undefined: it is not traced, as most are. */
  trace: RequestTrace | undefined = undefined;
  /** Undefined: the request has none. */
  private readonly body: RequestBody | undefined;
  /** Response bytes written to the client and not given back as credit. */
  private owed = 0;
  readonly client: ExchangeClient;

  constructor(client: ExchangeClient, message: RequestMessage, reply: ClientReply, now: () => number) {
    super(now);
    this.client = client;
    this.message = message;
    this.reply = reply;
    this.body = message.hasBody ? new RequestBody(this) : undefined;
  }

  /** Bytes of its body that came from the client. */
  get requestBytes(): number {
    return this.body?.bytes ?? 0;
  }

  private get isSafe(): boolean {
    const { method, isUpgrade } = this.message;
    return this.body === undefined && !isUpgrade && isSafe(method);
  }

  private get isBodyComplete(): boolean {
    return this.body === undefined || this.body.isComplete;
  }

  override get holder(): HolderFacts {
    const { message, client } = this;
    return { kind: 'request', what: `${message.method} ${pathOf(message.target)}`, client: client.remoteAddress };
  }

  /** How long the request took, when it ended at `endedAtMs`. */
  durationMs(endedAtMs: number): number {
    return endedAtMs - this.arrivedAtMs;
  }

  // ---- to a worker -----------------------------------------------------------------------------------------------

  protected openOn(session: AdapterSession, timeLeftMs: number, nowMs: number): RequestStream {
    if (this.trace !== undefined) this.trace.deliver(this.message.headers, session.identity, nowMs);
    return session.open(
      openHead(this.app!.appKey, this.message, this.client, timeLeftMs),
      this.body === undefined && !this.message.isUpgrade,
      this,
    );
  }

  protected opened(stream: RequestStream): void {
    this.body?.handOver(stream);
  }

  protected facts(): EndingFacts {
    return {
      isStarted: this.reply.isStarted,
      hasInterim: this.reply.hasInterim,
      isResponseEnded: this.isResponseEnded,
      isMovable: this.body === undefined || this.body.isKept,
      isReplayable: !this.isReplayed && this.isSafe && this.app!.isReplaySafe,
    };
  }

  protected override departed(kind: 'move' | 'replay'): void {
    this.trace?.leave(undefined, kind, this.now());
  }

  // ---- the client's side -----------------------------------------------------------------------------------------

  /** `isLent`: the buffer changes afterwards. */
  onClientBody(chunk: Buffer, isLent = false): void {
    if (this.isDone) return;
    this.body!.receive(chunk, this.stream, isLent);
    const limit = this.app?.limits.maxBodyBytes ?? 0;
    if (limit > 0 && this.requestBytes > limit) this.refuse('BODY_TOO_LARGE', `more than ${limit} bytes`);
  }

  onClientBodyEnd(trailers: readonly string[] | undefined): void {
    if (this.isDone) return;
    this.body!.complete(trailers, this.stream);
    if (this.isResponseEnded) this.finish(false);
  }

  /** The rest of its body is refused; the connection answers it with `code`, unless its response has begun. */
  onBodyFault(code: FaultCode): void {
    this.endForClient(code);
  }

  /** The client reads again: what it took becomes credit. */
  onClientDrain(): void {
    const { owed } = this;
    this.owed = 0;
    if (owed > 0 && this.isOpen) this.stream?.consumed(owed);
  }

  // ---- the worker's side -----------------------------------------------------------------------------------------

  override onInterim(head: ResponseHead): void {
    const fault = this.reply.interim(head);
    if (fault) this.breakOff(fault);
  }

  override onHead(head: ResponseHead): void {
    this.body?.forget();
    super.onHead(head);
    const fault = this.reply.head(head, this.requestId, addedLines(this), this.client.keepAliveLines);
    if (fault) this.breakOff(fault);
  }

  onData(chunk: Buffer): void {
    const result = this.reply.data(chunk);
    if (result === true) this.stream!.consumed(chunk.length);
    else if (result === false) this.owed += chunk.length;
    else this.breakOff(result);
  }

  onEnd(trailers: readonly string[] | undefined, timings: Timings | undefined): void {
    const fault = this.reply.end(trailers);
    if (fault) {
      this.breakOff(fault);
      return;
    }
    if (this.trace !== undefined) this.trace.leave(timings, undefined, this.now());
    this.answered();
    // The app may go on reading the body after its answer; without a connection to keep, nobody waits for it.
    if (this.isBodyComplete) this.finish(false);
    else if (this.reply.closes) {
      this.stream!.reset('CLIENT_CLOSED');
      this.finish(false);
    } else this.deadlineAtMs = deadlineAfter(this.now(), this.app!.limits.idleTimeoutMs);
  }

  /** A worker that is lost behind the last byte of its answer has answered: the client may have sent its next request over the connection already. */
  override onReset(cause: ResetCause, text: string): void {
    const isAnswered = this.isOpen && !this.isResponseEnded && LOST.has(cause) && this.reply.isWhole && this.isBodyComplete;
    if (isAnswered) this.onEnd(undefined, undefined);
    else super.onReset(cause, text);
  }

  override onCredit(): void {
    if (this.isOpen) this.body?.onCredit(this.stream!);
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  protected tell(code: ErrorCode, cause: string): boolean {
    const { reply, message } = this;
    if (reply.isStarted) return true;
    if (!this.isBodyComplete) reply.closes = true;
    const lines = reply.closes ? 'Connection: close\r\n' : this.client.keepAliveLines;
    reply.refuse(refusalOf(code, cause, message, this.requestId), lines);
    return false;
  }

  protected ended(isBroken: boolean): void {
    this.client.finished(this, isBroken);
  }

  // ---- small things ----------------------------------------------------------------------------------------------

  holdBody(): void {
    this.client.pauseBody(this);
  }

  releaseBody(): void {
    this.client.resumeBody(this);
  }
}
