import {
  type Application,
  type BodyValve,
  Delivery,
  deadlineAfter,
  type Ending,
  endingOf,
  fateOf,
  type Instance,
  isSafe,
  type Placeable,
  RequestBody,
} from '@baton/adapter-kit';
import type { RequestStream, ResetCause, ResponseHandler, ResponseHead, Timings } from '@baton/channel';
import { CODES, type ErrorCode } from '@baton/core';
import type { FaultCode } from '../listener/head-fault.ts';
import type { RequestMessage } from '../listener/request-message.ts';
import type { RequestTrace } from '../telemetry/request-trace.ts';
import { addedLines } from './added-lines.ts';
import type { ClientReply } from './client-reply.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { openHead } from './open-head.ts';
import { refusalOf } from './refusal.ts';

const WAITING = 0;
const OPEN = 1;
const DONE = 2;

/**
 * One request from its head to the end of its response, whoever ends it.
 *
 * - Parked, open, moved or replayed by place/; the worker's frames come in as ResponseHandler.
 * - One object per request and no closure: this is the hot path.
 */
export class Exchange extends Delivery implements ResponseHandler, Placeable, BodyValve {
  readonly message: RequestMessage;
  readonly reply: ClientReply;
  readonly arrivedAtMs: number;
  requestId = '';
  app: Application | undefined = undefined;
  /** Queue timeout while it waits, request timeout after; never when infinite. */
  deadlineAtMs = Number.POSITIVE_INFINITY;
  /** Why it waited for a start; undefined when it did not. */
  coldCause: string | undefined = undefined;
  errorCode: ErrorCode | undefined = undefined;
  /** Undefined: it is not traced, as most are. */
  trace: RequestTrace | undefined = undefined;
  private requestDeadlineAtMs = Number.POSITIVE_INFINITY;
  private state = WAITING;
  private stream: RequestStream | undefined = undefined;
  /** Undefined: the request has none. */
  private readonly body: RequestBody | undefined;
  private isReplayed = false;
  /** Response bytes written to the client and not given back as credit. */
  private owed = 0;
  private isResponseEnded = false;
  readonly client: ExchangeClient;
  private readonly now: () => number;

  constructor(client: ExchangeClient, message: RequestMessage, reply: ClientReply, now: () => number) {
    super();
    this.client = client;
    this.message = message;
    this.reply = reply;
    this.now = now;
    this.arrivedAtMs = now();
    this.body = message.hasBody ? new RequestBody(this) : undefined;
  }

  get isDone(): boolean {
    return this.state === DONE;
  }

  /** Bytes of its body that came from the client. */
  get requestBytes(): number {
    return this.body?.bytes ?? 0;
  }

  private get isBodyComplete(): boolean {
    return this.body === undefined || this.body.isComplete;
  }

  // ---- into the pool ---------------------------------------------------------------------------------------------

  /** Routed and admitted: to a worker at once, or into the queue. */
  place(app: Application): void {
    const { limits } = app;
    this.app = app;
    app.counters.admitted++;
    if (limits.requestTimeoutMs > 0) this.requestDeadlineAtMs = this.arrivedAtMs + limits.requestTimeoutMs;
    if (app.place.submit(this) || this.state !== WAITING) return;
    this.hasWaited = true;
    if (!app.place.hasConnectedEligible) this.coldCause = app.place.needCause;
    this.deadlineAtMs = Math.min(deadlineAfter(this.arrivedAtMs, limits.queueTimeoutMs), this.requestDeadlineAtMs);
  }

  deliver(instance: Instance, n: number): void {
    // A request that did not wait is handed over in the step in which it was read.
    const now = this.hasWaited ? this.now() : this.arrivedAtMs;
    this.enter(instance, n, now);
    this.state = OPEN;
    this.deadlineAtMs = this.requestDeadlineAtMs;
    if (this.trace !== undefined) this.trace.deliver(this.message.headers, instance.session.identity, now);
    const head = openHead(this.app!.appKey, this.message, this.client, this.timeLeft(now));
    this.stream = instance.session.open(head, this.body === undefined, this);
    this.body?.handOver(this.stream);
  }

  private timeLeft(now: number): number {
    return this.requestDeadlineAtMs === Number.POSITIVE_INFINITY ? 0 : Math.max(1, this.requestDeadlineAtMs - now);
  }

  // ---- the client's side -----------------------------------------------------------------------------------------

  onClientBody(chunk: Buffer): void {
    if (this.state === DONE) return;
    this.body!.receive(chunk, this.stream);
    const limit = this.app?.limits.maxBodyBytes ?? 0;
    if (limit > 0 && this.requestBytes > limit) this.refuse('BODY_TOO_LARGE', `more than ${limit} bytes`);
  }

  onClientBodyEnd(trailers: readonly string[] | undefined): void {
    if (this.state === DONE) return;
    this.body!.complete(trailers, this.stream);
    if (this.isResponseEnded) this.finish(false);
  }

  /** The client left. The app hears of it, also while the request waits. */
  onClientGone(): void {
    this.endForClient('CLIENT_CLOSED');
  }

  /** The rest of its body is refused; the connection answers it with `code`, unless its response has begun. */
  onBodyFault(code: FaultCode): void {
    this.endForClient(code);
  }

  private endForClient(code: ErrorCode): void {
    if (this.state === DONE) return;
    this.fail(code);
    this.stream?.reset('CLIENT_CLOSED');
    this.finish(true);
  }

  /** The client reads again: what it took becomes credit. */
  onClientDrain(): void {
    const { owed } = this;
    this.owed = 0;
    if (owed > 0 && this.state === OPEN) this.stream?.consumed(owed);
  }

  /** Its deadline has passed. */
  onDeadline(): void {
    if (this.isResponseEnded) {
      this.stream?.reset('CLIENT_CLOSED');
      this.finish(true);
    } else if (this.state === OPEN || this.now() >= this.requestDeadlineAtMs) {
      this.stream?.reset('DEADLINE');
      this.answer('REQUEST_TIMEOUT', `${this.app!.limits.requestTimeoutMs} ms have passed`);
    } else {
      const fault = this.app!.place.fault;
      this.refuse('QUEUE_TIMEOUT', fault ? `${fault.code}: ${fault.cause}` : `it waited ${Math.round(this.now() - this.arrivedAtMs)} ms`);
    }
  }

  // ---- the worker's side -----------------------------------------------------------------------------------------

  onInterim(head: ResponseHead): void {
    const fault = this.reply.interim(head);
    if (fault) this.breakOff(fault);
  }

  onHead(head: ResponseHead): void {
    this.body?.forget();
    if (this.coldCause !== undefined) this.app!.counters.activations++;
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
    this.isResponseEnded = true;
    if (this.trace !== undefined) this.trace.leave(timings, undefined, this.now());
    this.leave('finished', this.now);
    // The app may go on reading the body after its answer; without a connection to keep, nobody waits for it.
    if (this.isBodyComplete) this.finish(false);
    else if (this.reply.closes) {
      this.stream!.reset('CLIENT_CLOSED');
      this.finish(false);
    } else this.deadlineAtMs = deadlineAfter(this.now(), this.app!.limits.idleTimeoutMs);
  }

  onReset(cause: ResetCause, text: string): void {
    if (this.state === DONE) return;
    this.follow(
      endingOf(cause, {
        isStarted: this.reply.isStarted,
        hasInterim: this.reply.hasInterim,
        isResponseEnded: this.isResponseEnded,
        isMovable: this.body === undefined || this.body.isKept,
        isReplayable: !this.isReplayed && this.body === undefined && isSafe(this.message.method) && this.app!.isReplaySafe,
      }),
      text,
    );
  }

  onCredit(): void {
    if (this.state === OPEN) this.body?.onCredit(this.stream!);
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /** Ends it with an answer of Baton's own; also taken out of the queue. */
  refuse(code: ErrorCode, cause: string): void {
    if (this.state === DONE) return;
    this.stream?.reset('CLIENT_CLOSED');
    this.answer(code, cause);
  }

  private follow(ending: Ending, text: string): void {
    const { place, counters } = this.app!;
    switch (ending.kind) {
      case 'move':
      case 'replay':
        counters[ending.kind === 'move' ? 'moved' : 'replayed']++;
        this.isReplayed = this.isReplayed || ending.kind === 'replay';
        this.trace?.leave(undefined, ending.kind, this.now());
        this.cross(ending.kind === 'move' ? 'moved' : 'replayed', this.now());
        this.stream = undefined;
        this.state = WAITING;
        this.hasWaited = true;
        this.deadlineAtMs = Math.min(deadlineAfter(this.now(), this.app!.limits.queueTimeoutMs), this.requestDeadlineAtMs);
        place.move(this);
        return;
      case 'answer':
        this.answer(ending.code, text);
        return;
      case 'break':
        this.fail(ending.code);
        this.finish(true);
        return;
      case 'done':
        this.finish(false);
        return;
    }
  }

  /** The worker's response cannot be passed on: the client must not take it for a good one. */
  private breakOff(fault: string): void {
    this.stream?.reset('PROTOCOL', fault);
    this.answer('BAD_RESPONSE', fault);
  }

  private answer(code: ErrorCode, cause: string): void {
    this.fail(code);
    if (this.reply.isStarted) {
      this.finish(true);
      return;
    }
    const { reply, message } = this;
    if (!this.isBodyComplete) reply.closes = true;
    const lines = reply.closes ? 'Connection: close\r\n' : this.client.keepAliveLines;
    reply.refuse(refusalOf(code, cause, message, this.requestId), lines);
    this.finish(false);
  }

  private fail(code: ErrorCode): void {
    this.errorCode = code;
    const counters = this.app?.counters;
    if (!counters) return;
    if (code === 'CLIENT_CLOSED') counters.clientClosed++;
    else if (CODES[code].status === 502) counters.failed++;
    else counters.refused++;
  }

  private finish(isBroken: boolean): void {
    if (this.state === WAITING) {
      this.app?.place.unpark(this);
      this.endCrossing(fateOf(this.errorCode), this.now);
    } else if (this.errorCode === undefined) this.app!.counters.answered++;
    else if (!this.isResponseEnded) this.leave(fateOf(this.errorCode), this.now);
    this.state = DONE;
    this.deadlineAtMs = Number.POSITIVE_INFINITY;
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
