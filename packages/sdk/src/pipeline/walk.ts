import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { WhenDone } from '../context/context-run.ts';
import type { CompletionEntry } from '../context/http-context.ts';
import { HostError } from '../errors/host-error.ts';
import { isThenable } from '../is-thenable.ts';
import { Completion } from './completion.ts';
import { failHandler } from './fail-handler.ts';
import { lacksHandler, type ModuleInstance } from './module-instance.ts';
import { describePlace, type Place } from './place.ts';
import type { Stage } from './plan.ts';
import { reportLate } from './reports.ts';
import type { RequestRun } from './request-run.ts';

/** No handler is at work. */
const IDLE = 0;
/** A handler is on the stack. */
const RUNNING = 1;
/** The promise of a handler has not settled. */
const AWAITED = 2;
/** A handler has answered PENDING. */
const PENDING = 3;
/** `postCompletion` has been called; the handler is not entered yet. */
const POSTED = 4;

/** No completion is held back. */
const NONE = 0;
const INDICATED = 1;
const POST = 2;

/**
 * A request's way through the handlers of one notification: calls them in turn, stops where one is PENDING, and goes on when that is completed.
 *
 * A plain machine with numbers for states, and one object for all steps of a request: ten thousand PENDING requests are ten thousand of these, and there is
 * no closure and no promise beside them.
 */
export class Walk {
  readonly run: RequestRun;
  stage!: Stage;
  provider!: object;
  /** The module whose handler is at work, or was the last. */
  instance: ModuleInstance | undefined = undefined;
  /** The walk in whose midst this one began. */
  outer: Walk | undefined = undefined;
  /** When the walk began, when its last handler was called, and when that has left the request PENDING; Unix ms. */
  startedAtMs = 0;
  calledAtMs = 0;
  pendingAtMs = 0;
  isWarned = false;
  /** Hears how it ended, when that was not at once; undefined for the twelve steps. */
  readonly whenDone: WhenDone<object> | undefined;
  #index = 0;
  #state = IDLE;
  #held = NONE;
  #status = 0;
  #bytes = 0;
  #routine: CompletionEntry | undefined = undefined;
  /** Grows with each handler's turn: a promise or a completion of a turn that was ended without it finds another number. */
  #turn = 0;

  constructor(run: RequestRun, whenDone?: WhenDone<object>) {
    this.run = run;
    this.whenDone = whenDone;
  }

  /** PENDING, or how it ended. */
  start(stage: Stage, provider: object): number {
    this.stage = stage;
    this.provider = provider;
    this.startedAtMs = Date.now();
    this.#index = 0;
    return this.#go();
  }

  get isUnsequenced(): boolean {
    return this.outer !== undefined;
  }

  /** Whether a handler has left the request and is to be waited for. */
  get isWaiting(): boolean {
    return this.#state >= AWAITED;
  }

  /** Whether its handler may complete. */
  get isOpen(): boolean {
    return this.#state !== IDLE;
  }

  #go(): number {
    const { registrations } = this.stage;
    while (this.#index < registrations.length) {
      const instance = this.run.instanceOf(registrations[this.#index++]!);
      const status = instance.hears(this.stage) ? this.#call(instance) : RQ_NOTIFICATION_CONTINUE;
      if (status !== RQ_NOTIFICATION_CONTINUE) return status;
    }
    return RQ_NOTIFICATION_CONTINUE;
  }

  #call(instance: ModuleInstance): number {
    this.#enter(instance);
    try {
      const module = instance.module ?? instance.make();
      const handler = module[this.stage.handler];
      if (typeof handler !== 'function') throw lacksHandler(this.stage.handler);
      return this.#answer(handler.call(module, instance.context, this.provider as never), this.stage.handler);
    } catch (error) {
      return this.#fail(error);
    }
  }

  #enter(instance: ModuleInstance): void {
    this.instance = instance;
    this.calledAtMs = Date.now();
    this.#turn++;
    this.#state = RUNNING;
    this.#held = NONE;
  }

  /** What a handler has returned, or its promise has settled with, becomes the status that the request goes on with. */
  #answer(result: unknown, handler: string): number {
    if (result === RQ_NOTIFICATION_PENDING) return this.#wait();
    if (result === RQ_NOTIFICATION_CONTINUE || result === RQ_NOTIFICATION_FINISH_REQUEST) {
      if (this.#held !== NONE) throw this.#completedInVain(handler, result);
      this.#state = IDLE;
      return result;
    }
    if (isThenable(result)) {
      // A promise of its own for what is none: one that tells its end twice would move the request on twice.
      this.#await(Promise.resolve(result), handler);
      return RQ_NOTIFICATION_PENDING;
    }
    throw new HostError(
      'ERROR_INVALID_DATA',
      `${handler} answers RQ_NOTIFICATION_CONTINUE (0), PENDING (1), FINISH_REQUEST (2) or a promise of one; got ${String(result)}.`,
    );
  }

  #wait(): number {
    if (this.#held === INDICATED) {
      this.#state = IDLE;
      return this.#status;
    }
    if (this.#held === POST) this.#post();
    else this.#state = PENDING;
    this.#leave();
    return RQ_NOTIFICATION_PENDING;
  }

  #await(promise: Promise<unknown>, handler: string): void {
    const turn = this.#turn;
    const instance = this.instance!;
    this.#state = AWAITED;
    this.#leave();
    promise.then(
      (result) => {
        if (turn === this.#turn) this.#settle(result, handler);
      },
      (error: unknown) => {
        if (turn === this.#turn) this.#resume(this.#fail(error));
        else reportLate(this, instance, error);
      },
    );
  }

  #settle(result: unknown, handler: string): void {
    let status: number;
    try {
      status = this.#answer(result, handler);
    } catch (error) {
      status = this.#fail(error);
    }
    this.#resume(status);
  }

  /** A handler that had left the request has answered. */
  #resume(status: number): void {
    const next = status === RQ_NOTIFICATION_CONTINUE ? this.#go() : status;
    if (next !== RQ_NOTIFICATION_PENDING) this.run.walked(this, next);
  }

  /** The handler has left the request: others get their turn. */
  #leave(): void {
    this.pendingAtMs = Date.now();
    this.isWarned = false;
    this.run.pipeline.watch(this);
  }

  #fail(error: unknown): number {
    this.#turn++;
    this.#state = IDLE;
    this.#held = NONE;
    return failHandler(this, error);
  }

  // ---- completion -----------------------------------------------------------------------------------------------

  /** Whether one more completion has its place here. */
  get takesCompletion(): boolean {
    return this.#state === PENDING || ((this.#state === RUNNING || this.#state === AWAITED) && this.#held === NONE);
  }

  indicate(status: number, place: Place): void {
    this.instance!.completedAt = place;
    if (this.#state === PENDING) {
      this.#state = IDLE;
      this.#resume(status);
    } else {
      this.#held = INDICATED;
      this.#status = status;
    }
  }

  post(bytes: number, error: number, routine: CompletionEntry | undefined, place: Place): void {
    this.instance!.completedAt = place;
    this.#bytes = bytes;
    this.#status = error;
    this.#routine = routine;
    if (this.#state === PENDING) this.#post();
    else this.#held = POST;
  }

  #post(): void {
    this.#state = POSTED;
    this.#held = NONE;
    // Never in the stack of the caller, who still holds what the completion is about.
    setImmediate(enterPool, this, this.#turn);
  }

  /** Calls `onAsyncCompletion`, in a slot; what it returns holds the slot. */
  reenter(turn: number): unknown {
    if (turn !== this.#turn) return undefined;
    const instance = this.instance!;
    const bytes = this.#bytes;
    const error = this.#status;
    const routine = this.#routine;
    this.#enter(instance);
    let result: unknown;
    let status: number;
    try {
      result = routine ? routine(instance.context, bytes, error) : this.#callAsyncCompletion(instance, new Completion(bytes, error));
      // Some begin their work with each 'then': it is asked for once.
      if (isThenable(result)) result = Promise.resolve(result);
      status = this.#answer(result, 'onAsyncCompletion');
    } catch (error) {
      status = this.#fail(error);
    }
    this.#resume(status);
    return isThenable(result) ? result.then(ignore, ignore) : undefined;
  }

  #callAsyncCompletion(instance: ModuleInstance, info: Completion): unknown {
    const module = instance.module!;
    if (typeof module.onAsyncCompletion !== 'function') throw lacksAsyncCompletion();
    return module.onAsyncCompletion(instance.context, this.stage.notification, this.stage.isPost, this.provider, info);
  }

  #completedInVain(handler: string, result: number): HostError {
    const answer = result === RQ_NOTIFICATION_CONTINUE ? 'CONTINUE' : 'FINISH_REQUEST';
    return new HostError(
      'ERROR_INVALID_STATE',
      `${handler} completed the request ${describePlace(this.instance!.completedAt!)}, then answered ${answer}. ` +
        'A completion belongs to PENDING: return PENDING, or do not complete.',
    );
  }

  /** Its handler has left the request for too long: it goes on without it. */
  abandon(status: number): void {
    this.leaveBehind();
    this.#resume(status);
  }

  /** Its handler is not waited for any more: what it answers, or completes, comes too late. */
  leaveBehind(): void {
    this.#turn++;
    if (this.#state === PENDING) this.instance!.overdue++;
    this.#state = IDLE;
  }

  /** How many handlers of its stage have not been called yet. */
  get remaining(): number {
    return this.stage.registrations.length - this.#index;
  }
}

function enterPool(walk: Walk, turn: number): void {
  walk.run.pipeline.pool.post(() => walk.reenter(turn), `${walk.instance!.registration.name} onAsyncCompletion`);
}

function lacksAsyncCompletion(): HostError {
  return new HostError(
    'ERROR_INVALID_FUNCTION',
    'The module called postCompletion and has no method onAsyncCompletion, where a request goes on then. Add it, give postCompletion a routine, or call indicateCompletion.',
  );
}

function ignore(): void {}
