import { AsyncLocalStorage } from 'node:async_hooks';
import { ERROR_NUMBERS, ERROR_OPERATION_ABORTED, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { errorNameOf } from '../errors/from-node.ts';
import { HostError } from '../errors/host-error.ts';
import { checkMemory, checkOverlapped, type HostOverlapped, memoryOf } from './accept.ts';
import type { AssociableHandle, AssociatedHandle, CompletionRoutine } from './associated-handle.ts';
import { IN_USE, Operation } from './operation.ts';
import type { Operations } from './operations.ts';
import { type OverlappedLike, STATUS_PENDING } from './overlapped.ts';
import type { ThreadPool } from './thread-pool.ts';

/** Tells an end; `read` are the bytes of a read that went well. */
export type Tell = (error: number, bytes: number, overlapped: OverlappedLike, read: Uint8Array | undefined) => unknown;

/** What an association is made of. */
export interface AssociationParts {
  readonly pool: ThreadPool;
  readonly operations: Operations;
  readonly routine: CompletionRoutine | Tell;
  /** Name of the routine, for errors. */
  readonly name: string;
  /** The handle is closed: its number, or its object, may be associated anew. */
  readonly closed: (association: HandleAssociation) => void;
}

/** Operations that a handle keeps for further use. */
const MAX_SPARE = 1_024;

/** What files, streams and ports have in common: an operation is accepted, ends, and its routine hears of it in a slot. */
export abstract class HandleAssociation implements AssociatedHandle {
  abstract readonly handle: AssociableHandle;
  /** What it is, for errors: "file 21". */
  abstract readonly what: string;
  readonly name: string;
  readonly tell: Tell;
  pending = 0;
  readonly #pool: ThreadPool;
  readonly #operations: Operations;
  readonly #closed: (association: HandleAssociation) => void;
  readonly #spare: Operation[] = [];
  #lastSequence = 0;
  /** Operations up to this one are aborted, however they end. */
  #abortedUpTo = 0;

  constructor(parts: AssociationParts) {
    this.#pool = parts.pool;
    this.#operations = parts.operations;
    this.tell = parts.routine as Tell;
    this.name = parts.name;
    this.#closed = parts.closed;
  }

  abstract read(buffer: Uint8Array, overlapped: OverlappedLike): void;
  abstract write(buffer: Uint8Array, overlapped: OverlappedLike): void;
  abstract close(): Promise<void>;

  /** Takes an operation on, or throws HostError; then nothing has changed, and no completion will come. */
  protected accept(isRead: boolean, buffer: Uint8Array, overlapped: HostOverlapped): Operation {
    const kind = isRead ? 'read' : 'write';
    const operations = this.#operations;
    checkOverlapped(kind, overlapped);
    const memory = memoryOf(kind, buffer, overlapped);
    const last = memory[IN_USE];
    if (last !== undefined) checkMemory(kind, buffer, last);
    operations.checkRoom(kind);

    const operation = this.#spare.pop() ?? new Operation(this);
    overlapped[IN_USE] = operation;
    overlapped.internal = STATUS_PENDING;
    overlapped.internalHigh = 0;
    memory[IN_USE] = operation;
    if (last !== undefined) {
      last.after = operation;
      operation.before = last;
    }
    operation.isRead = isRead;
    operation.overlapped = overlapped;
    operation.buffer = buffer;
    operation.memory = memory;
    operation.isUnderWay = true;
    operation.sequence = ++this.#lastSequence;
    this.pending++;
    operations.size++;
    if (operations.tracer !== undefined) operations.trace(operation, operations.tracer);
    return operation;
  }

  /** The overlapped and the memory are the app's again; the operation is one for later. */
  release(operation: Operation): void {
    if (operation.traceparent !== undefined) this.#operations.record(operation, operation.traceparent);
    (operation.overlapped as HostOverlapped)[IN_USE] = undefined;
    const { before, after } = operation;
    if (after === undefined) operation.memory[IN_USE] = before;
    else {
      after.before = before;
      operation.after = undefined;
    }
    if (before !== undefined) {
      before.after = after;
      operation.before = undefined;
    }
    this.pending--;
    this.#operations.size--;
    operation.rest();
    if (this.#spare.length < MAX_SPARE) this.#spare.push(operation);
  }

  /** The operation was refused after all: as if it had never been. */
  protected withdraw(operation: Operation): void {
    operation.isUnderWay = false;
    operation.traceparent = undefined;
    operation.overlapped.internal = 0;
    this.release(operation);
  }

  /** Node says that an operation has ended. */
  ended(operation: Operation, cause: unknown, bytes: number): void {
    if (cause) this.finish(operation, ERROR_NUMBERS[errorNameOf(cause)], 0, cause);
    else this.finish(operation, ERROR_SUCCESS, bytes);
  }

  /** The first that says how an operation ended is heard. */
  protected finish(operation: Operation, error: number, bytes: number, cause?: unknown): void {
    if (!operation.isUnderWay) return;
    operation.isUnderWay = false;
    if (operation.isAborted || operation.sequence <= this.#abortedUpTo) {
      operation.error = ERROR_OPERATION_ABORTED;
      operation.bytes = 0;
    } else {
      operation.error = error;
      operation.bytes = bytes;
      if (cause !== undefined) operation.cause = cause;
    }
    this.#pool.enter(operation);
  }

  cancelIo(overlapped?: OverlappedLike): boolean {
    if (overlapped !== undefined) return this.#cancel((overlapped as HostOverlapped)[IN_USE]);
    const found = this.pending > 0 && this.#abortedUpTo < this.#lastSequence;
    this.#abortedUpTo = this.#lastSequence;
    this.abortAll();
    return found;
  }

  #cancel(operation: Operation | undefined): boolean {
    if (operation?.handle !== this || !operation.isUnderWay || operation.isAborted || operation.sequence <= this.#abortedUpTo) return false;
    operation.isAborted = true;
    this.abort(operation);
    return true;
  }

  /** What can be done to end an operation that is marked as aborted; files end by themselves. */
  protected abort(_operation: Operation): void {}

  /** The same for all. */
  protected abortAll(): void {}

  /** The handle is closed, by whomever. */
  protected forget(): void {
    this.#closed(this);
  }

  /** The routine is to run where the app was when it asked. */
  protected keepScope(operation: Operation): void {
    operation.scope = AsyncLocalStorage.snapshot();
  }

  protected refuseClosed(kind: string): never {
    throw new HostError('ERROR_INVALID_HANDLE', `${kind}: ${this.what} is closed. No completion will come for this call`);
  }
}

/** The offset of what has no positions. */
export function checkNoOffset(overlapped: OverlappedLike, what: string): void {
  if (overlapped?.offset === 0 || overlapped?.offset === 0n) return;
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `The offset must be 0, since ${what} has no positions; ${String(overlapped?.offset)} came`,
  );
}
