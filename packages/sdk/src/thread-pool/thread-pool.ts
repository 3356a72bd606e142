import { AsyncLocalStorage } from 'node:async_hooks';
import { isThenable } from '../is-thenable.ts';
import type { AssociableHandle, AssociatedHandle, CompletionRoutine, WorkerRoutine } from './associated-handle.ts';
import { Associations } from './associations.ts';
import { Operations, type OperationTracer } from './operations.ts';
import { SlotQueue } from './slot-queue.ts';
import { decideLimits, type ThreadLimits, type ThreadPoolLimits } from './thread-limits.ts';
import { WorkerThreads } from './worker-threads.ts';

/** What waits for a slot and runs in it. */
export interface SlotUser {
  /** What it is, for errors. */
  readonly name: string;
  /** Called once, in a slot; a promise it returns holds the slot until it settles. What it throws goes to the pool's onError. */
  run(): unknown;
}

/** What a pool is doing, for metrics. */
export interface ThreadPoolStats {
  /** Slots that are held. */
  readonly active: number;
  /** Routines that wait for one. */
  readonly queued: number;
  /** Slots there may be now. */
  readonly maxThreads: number;
  /** Slots there may ever be. */
  readonly limit: number;
  /** Routines that have ended. */
  readonly completed: number;
  /** How long the first in the queue has waited, or the longest wait since the last look, ms. */
  readonly longestQueuedMs: number;
}

/** Hears what a posted routine throws, or rejects with, and the routine's name. */
export type RoutineErrorListener = (error: unknown, name: string) => void;

/**
 * The host's thread pool. A thread here is a slot: a routine holds one from its call until it has returned and its promise has settled; those that find
 * none free wait in the order they came. A pool whose slots are all held answers no ping either, which is how it is noticed.
 */
export class ThreadPool {
  /** Where errors of posted routines go. @default they are uncaught exceptions */
  onError: RoutineErrorListener = throwLater;
  readonly limits: ThreadLimits;
  #maxThreads: number;
  #active = 0;
  #completed = 0;
  #longestMs = 0;
  #isFilling = false;
  readonly #queue = new SlotQueue<SlotUser>();
  readonly #operations: Operations;
  readonly #workerThreads: WorkerThreads;
  readonly #associations: Associations;

  constructor(limits?: ThreadPoolLimits) {
    this.limits = decideLimits(limits);
    this.#maxThreads = this.limits.maxPoolThreads;
    this.#operations = new Operations(this.limits.maxOperations);
    this.#workerThreads = new WorkerThreads(this.limits.maxQueuedOnThreads);
    this.#associations = new Associations(this, this.#operations, this.#workerThreads);
  }

  /** Runs a routine in a slot, as soon as one is free, and answers what it does. */
  run<T>(routine: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => this.enter(new Awaited(routine, resolve, reject)));
  }

  /** The same without an answer: an error goes to onError under `name`. */
  post(routine: () => unknown, name = routine.name || 'a routine'): void {
    this.enter({ run: routine, name });
  }

  /** Runs `user` in a slot: at once when one is free, else in its turn. */
  enter(user: SlotUser): void {
    if (this.#active < this.#maxThreads && this.#queue.length === 0) this.#run(user);
    else this.#queue.push(new Waiting(user), performance.now());
  }

  /** One slot more (IHttpServer::IncrementThreadCount), up to the limit. */
  increment(): void {
    if (this.#maxThreads >= this.limits.poolThreadLimit) return;
    this.#maxThreads++;
    this.#fill();
  }

  /** One slot less (IHttpServer::DecrementThreadCount), down to one. Held slots are left alone. */
  decrement(): void {
    if (this.#maxThreads > 1) this.#maxThreads--;
  }

  /**
   * Binds a handle to the pool (IHttpServer::AssociateWithThreadPool): its operations end in `routine`, in a slot each.
   *
   * - Throws HostError ERROR_INVALID_PARAMETER for a handle that is associated, or is no such handle; ERROR_INVALID_HANDLE for one that is closed.
   */
  associate(handle: AssociableHandle, routine: CompletionRoutine | WorkerRoutine): AssociatedHandle {
    return this.#associations.add(handle, routine);
  }

  /** Overlapped operations under way. */
  get pendingOperations(): number {
    return this.#operations.size;
  }

  /** Gives operations of sampled requests their spans. */
  set tracer(tracer: OperationTracer | undefined) {
    this.#operations.tracer = tracer;
  }

  /** Ends the worker threads; they come back with the next routine that wants one. */
  close(): Promise<void> {
    return this.#workerThreads.close();
  }

  get stats(): ThreadPoolStats {
    const waitingMs = this.#queue.length > 0 ? performance.now() - this.#queue.firstAtMs : 0;
    const longestQueuedMs = Math.max(this.#longestMs, waitingMs);
    this.#longestMs = 0;
    return {
      active: this.#active,
      queued: this.#queue.length,
      maxThreads: this.#maxThreads,
      limit: this.limits.poolThreadLimit,
      completed: this.#completed,
      longestQueuedMs,
    };
  }

  #run(user: SlotUser): void {
    this.#active++;
    let result: unknown;
    try {
      result = user.run();
    } catch (error) {
      this.#fail(error, user.name);
    }
    if (isThenable(result)) this.#hold(result, user);
    else this.#leave();
  }

  /** The slot is held until a promise has settled. */
  #hold(promise: PromiseLike<unknown>, user: SlotUser): void {
    const leave = () => this.#leave();
    Promise.resolve(promise)
      .catch((error: unknown) => this.#fail(error, user.name))
      .then(leave, leave);
  }

  #leave(): void {
    this.#active--;
    this.#completed++;
    if (this.#queue.length > 0) this.#fill();
  }

  #fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    // a routine that ends at once leaves its slot within #run: this loop goes on then, and the stack does not grow
    while (this.#active < this.#maxThreads && this.#queue.length > 0) {
      this.#longestMs = Math.max(this.#longestMs, performance.now() - this.#queue.firstAtMs);
      this.#run(this.#queue.shift());
    }
    this.#isFilling = false;
  }

  #fail(error: unknown, name: string): void {
    try {
      this.onError(error, name);
    } catch (failure) {
      throwLater(failure);
    }
  }
}

/** Runs later, from within another's end, yet where it came: what a request keeps in an AsyncLocalStorage stays its own. */
class Waiting implements SlotUser {
  readonly name: string;
  readonly #user: SlotUser;
  readonly #within = AsyncLocalStorage.snapshot();

  constructor(user: SlotUser) {
    this.name = user.name;
    this.#user = user;
  }

  run(): unknown {
    return this.#within(() => this.#user.run());
  }
}

/** A routine whose caller waits for what it answers. */
class Awaited<T> implements SlotUser {
  readonly name = 'an awaited routine';
  readonly #routine: () => T | Promise<T>;
  readonly #resolve: (value: T | Promise<T>) => void;
  readonly #reject: (error: unknown) => void;

  constructor(routine: () => T | Promise<T>, resolve: (value: T | Promise<T>) => void, reject: (error: unknown) => void) {
    this.#routine = routine;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  run(): unknown {
    try {
      const answer = this.#routine();
      // Some begin their work with each 'then': it is asked for once.
      const result = isThenable(answer) ? (Promise.resolve(answer) as Promise<T>) : answer;
      this.#resolve(result);
      return result instanceof Promise ? result.then(ignore, ignore) : undefined;
    } catch (error) {
      this.#reject(error);
      return undefined;
    }
  }
}

function ignore(): void {}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
