import { AsyncLocalStorage } from 'node:async_hooks';
import { ERROR_NUMBERS, ERROR_OPERATION_ABORTED, ERROR_SUCCESS } from '../constants/error-codes.ts';
import { errorNameOf } from '../errors/from-node.ts';
import { HostError } from '../errors/host-error.ts';
import type { AssociableHandle, AssociatedHandle, CompletionRoutine } from './associated-handle.ts';
import type { Operation } from './operation.ts';
import type { Operations } from './operations.ts';
import { IN_USE, type OverlappedLike } from './overlapped.ts';
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

/** What files, streams and ports have in common. */
export abstract class HandleAssociation implements AssociatedHandle {
  abstract readonly handle: AssociableHandle;
  /** What it is, for errors: "file 21". */
  abstract readonly what: string;
  readonly name: string;
  readonly tell: Tell;
  pending = 0;
  /** The operations under way, in a chain. */
  newest: Operation | undefined = undefined;
  protected readonly pool: ThreadPool;
  protected readonly operations: Operations;
  readonly #closed: (association: HandleAssociation) => void;

  constructor(parts: AssociationParts) {
    this.pool = parts.pool;
    this.operations = parts.operations;
    this.tell = parts.routine as Tell;
    this.name = parts.name;
    this.#closed = parts.closed;
  }

  abstract read(buffer: Uint8Array, overlapped: OverlappedLike): void;
  abstract write(buffer: Uint8Array, overlapped: OverlappedLike): void;
  abstract close(): Promise<void>;

  /** Node says that an operation has ended. */
  ended(operation: Operation, cause: unknown, bytes: number): void {
    if (cause) this.finish(operation, ERROR_NUMBERS[errorNameOf(cause)], 0, cause);
    else this.finish(operation, ERROR_SUCCESS, bytes);
  }

  /** The first that says how an operation ended is heard. */
  protected finish(operation: Operation, error: number, bytes: number, cause?: unknown): void {
    if (!operation.isUnderWay) return;
    operation.isUnderWay = false;
    operation.error = operation.isAborted ? ERROR_OPERATION_ABORTED : error;
    operation.bytes = operation.isAborted ? 0 : bytes;
    operation.cause = operation.isAborted ? undefined : cause;
    this.pool.enter(operation);
  }

  cancelIo(overlapped?: OverlappedLike): boolean {
    let found = false;
    const wanted = overlapped === undefined ? this.#operations() : [overlapped[IN_USE] as Operation | undefined];
    for (const operation of wanted)
      if (operation?.handle === this && operation.isUnderWay && !operation.isAborted) {
        found = true;
        operation.isAborted = true;
        this.abort(operation);
      }
    return found;
  }

  /** What can be done to end an operation that is marked as aborted; files end by themselves. */
  protected abort(_operation: Operation): void {}

  /** The handle is closed, by whomever. */
  protected forget(): void {
    this.#closed(this);
  }

  #operations(): Operation[] {
    const found: Operation[] = [];
    for (let operation = this.newest; operation; operation = operation.older) found.push(operation);
    return found;
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
