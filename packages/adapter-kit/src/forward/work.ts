import type { AdapterSession, RequestStream, ResetCause, ResponseHandler, ResponseHead, Timings } from '@baton/channel';
import { CODES, type ErrorCode } from '@baton/core';
import { deadlineAfter } from '../admit/limits.ts';
import type { Instance } from '../place/instance.ts';
import type { Placeable } from '../place/placeable.ts';
import type { Fate } from '../place/tally.ts';
import type { Application } from './application.ts';
import { Delivery } from './delivery.ts';
import { type Ending, type EndingFacts, endingOf, fateOf } from './ending.ts';

const WAITING = 0;
const OPEN = 1;
const DONE = 2;

/**
 * One piece of work of any protocol (a request, a connection, a job, a datagram) from its admission to its end, whoever ends it.
 *
 * - Parked, open, moved or replayed by place/; counted exactly once. The worker's frames come in as ResponseHandler.
 * - The protocol says how it is opened, what becomes of what the worker answers, and how its client learns that it ended.
 * - One object for each and no closure: this is the hot path of every protocol.
 */
export abstract class Work extends Delivery implements ResponseHandler, Placeable {
  readonly arrivedAtMs: number;
  declare app: Application | undefined;
  /** Queue timeout while it waits, request timeout after; never when infinite. Whoever has it looks, and calls `onDeadline`. */
  deadlineAtMs = Number.POSITIVE_INFINITY;
  /** Why it waited for a start; undefined when it did not. */
  coldCause: string | undefined = undefined;
  /** Why it ended without the whole answer of a worker. */
  errorCode: ErrorCode | undefined = undefined;
  /** Undefined while it is with no worker. */
  protected stream: RequestStream | undefined = undefined;
  /** It was run a second time after the death of its worker. */
  protected isReplayed = false;
  /** Workers that handed it back unbegun. */
  protected moves = 0;
  /** The worker's answer is whole. */
  protected isResponseEnded = false;
  protected readonly now: () => number;
  private requestDeadlineAtMs = Number.POSITIVE_INFINITY;
  private state = WAITING;

  /** `now`: the adapter's clock, ms. */
  constructor(now: () => number) {
    super();
    this.now = now;
    this.arrivedAtMs = now();
  }

  get isDone(): boolean {
    return this.state === DONE;
  }

  /** It is with a worker. */
  get isOpen(): boolean {
    return this.state === OPEN;
  }

  // ---- what a protocol says --------------------------------------------------------------------------------------

  /** Opens it on a session: `session.open(head, isBodyless, this)`. `timeLeftMs`: for the head; 0 for no limit. */
  protected abstract openOn(session: AdapterSession, timeLeftMs: number, nowMs: number): RequestStream;

  /** It was opened: what has waited of its body may follow. */
  protected abstract opened(stream: RequestStream): void;

  /** What is known of it when its stream is reset. Its own body must be kept for it to be movable. */
  protected abstract facts(): EndingFacts;

  /** Ends it towards its client, who may be told why; returns whether the client must see a break. `fail` was called before. */
  protected abstract tell(code: ErrorCode, cause: string): boolean;

  /** It is over and counted. `isBroken`: its client must see that it is not whole. Called once. */
  protected abstract ended(isBroken: boolean): void;

  /** It leaves its worker for another one. */
  protected departed(_kind: 'move' | 'replay'): void {}

  /** Final head of the answer. A protocol that overrides it calls this. */
  onHead(_head: ResponseHead): void {
    if (this.coldCause !== undefined) this.app!.counters.activations++;
  }

  onInterim(_head: ResponseHead): void {}

  onCredit(): void {}

  /** Consumed bytes go back as credit: `this.stream!.consumed(bytes)`. */
  abstract onData(chunk: Buffer): void;

  /** The answer is complete: call `answered`, and `finish` when nothing else is to come. */
  abstract onEnd(trailers: readonly string[] | undefined, timings: Timings | undefined): void;

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
    // What did not wait is handed over in the step in which it was read.
    const now = this.hasWaited ? this.now() : this.arrivedAtMs;
    this.enter(instance, n, now);
    this.state = OPEN;
    this.deadlineAtMs = this.requestDeadlineAtMs;
    this.stream = this.openOn(instance.session, this.timeLeft(now), now);
    this.opened(this.stream);
  }

  private timeLeft(now: number): number {
    return this.requestDeadlineAtMs === Number.POSITIVE_INFINITY ? 0 : Math.max(1, this.requestDeadlineAtMs - now);
  }

  // ---- ends ------------------------------------------------------------------------------------------------------

  /** The client left. The app hears of it, also while the work waits. */
  onClientGone(): void {
    this.endForClient('CLIENT_CLOSED');
  }

  /** Ended by its client or for its fault; the client is not told. */
  protected endForClient(code: ErrorCode): void {
    if (this.state === DONE) return;
    this.fail(code);
    this.stream?.reset('CLIENT_CLOSED');
    this.finish(true);
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

  onReset(cause: ResetCause, text: string): void {
    if (this.state === DONE) return;
    this.follow(endingOf(cause, this.facts(), this.moves), text);
  }

  /** Ends it with an answer of Baton's own; also taken out of the queue. */
  refuse(code: ErrorCode, cause: string): void {
    if (this.state === DONE) return;
    this.stream?.reset('CLIENT_CLOSED');
    this.answer(code, cause);
  }

  private follow(ending: Ending, text: string): void {
    switch (ending.kind) {
      case 'move':
      case 'replay':
        this.depart(ending.kind);
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

  private depart(kind: 'move' | 'replay'): void {
    const { place, counters, limits, isBlocked, appKey } = this.app!;
    const now = this.now();
    const fate = kind === 'move' ? 'moved' : 'replayed';
    counters[fate]++;
    if (kind === 'move') this.moves++;
    else this.isReplayed = true;
    this.departed(kind);
    this.cross(fate, now);
    this.stream = undefined;
    this.state = WAITING;
    this.hasWaited = true;
    this.deadlineAtMs = Math.min(deadlineAfter(now, limits.queueTimeoutMs), this.requestDeadlineAtMs);
    if (isBlocked) this.answer('REQUESTS_BLOCKED', appKey);
    else place.move(this);
  }

  /** The worker's answer cannot be passed on: the client must not take it for a good one. */
  protected breakOff(fault: string): void {
    this.stream?.reset('PROTOCOL', fault);
    this.answer('BAD_RESPONSE', fault);
  }

  private answer(code: ErrorCode, cause: string): void {
    this.fail(code);
    this.finish(this.tell(code, cause));
  }

  /** It will end without the whole answer of a worker; `finish` follows. */
  protected fail(code: ErrorCode): void {
    this.errorCode = code;
    const counters = this.app?.counters;
    if (!counters) return;
    if (code === 'CLIENT_CLOSED') counters.clientClosed++;
    else if (CODES[code].status === 502) counters.failed++;
    else counters.refused++;
  }

  /** The worker has answered: for its recycle it is finished, whatever the client still sends. `fate`: what else became of it there. */
  protected answered(fate: Fate = 'finished'): void {
    this.isResponseEnded = true;
    this.leave(fate, this.now);
  }

  protected finish(isBroken: boolean): void {
    if (this.state === WAITING) {
      this.app?.place.unpark(this);
      this.endCrossing(fateOf(this.errorCode), this.now);
    } else if (this.errorCode === undefined) this.app!.counters.answered++;
    else if (!this.isResponseEnded) this.leave(fateOf(this.errorCode), this.now);
    this.state = DONE;
    this.deadlineAtMs = Number.POSITIVE_INFINITY;
    this.ended(isBroken);
  }
}
