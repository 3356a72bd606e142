import type { FileHandle } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import type { OverlappedLike } from './overlapped.ts';

/** What can be associated with the thread pool: a file (as a FileHandle or its descriptor), a socket or a pipe, a port of worker_threads. */
export type AssociableHandle = FileHandle | number | Duplex | MessagePort;

/**
 * Is told the end of each operation of a handle (LPOVERLAPPED_COMPLETION_ROUTINE), in a slot of the pool, exactly once for each that was accepted.
 *
 * - `error`: a number of winerror.h, 0 = none; `bytes` is 0 then, but for ERROR_MORE_DATA.
 * - A promise it returns holds the slot until it settles.
 */
export type CompletionRoutine = (error: number, bytes: number, overlapped: OverlappedLike) => unknown;

/**
 * A CPU-heavy routine: `name` of the module `file` is called on a worker thread with `(error, bytes, { offset }, data)`, `data` being a copy of what
 * was read; then `completed` here, exactly once.
 *
 * - A function with these properties will do too.
 * - `result` is what the routine returned. `error` is ERROR_PROCESS_ABORTED when its thread went away, ERROR_UNHANDLED_EXCEPTION when it threw;
 *   the cause is in `overlapped.cause`.
 */
export interface WorkerRoutine {
  readonly worker: true;
  /** Path or file URL of its module. */
  readonly file: string | URL;
  /** Its export. @default 'default' */
  readonly name?: string;
  readonly completed?: (error: number, bytes: number, overlapped: OverlappedLike, result: unknown) => unknown;
}

/**
 * A handle whose operations end in the thread pool. Both calls throw HostError when they refuse, and no completion comes then; once they return, exactly
 * one does, also for an operation that was done at once.
 */
export interface AssociatedHandle {
  readonly handle: AssociableHandle;
  /** Operations under way. */
  readonly pending: number;
  /** ReadFile with an OVERLAPPED. The buffer, and the overlapped, are the host's until the completion. */
  read(buffer: Uint8Array, overlapped: OverlappedLike): void;
  /** WriteFile with an OVERLAPPED; the same rules. */
  write(buffer: Uint8Array, overlapped: OverlappedLike): void;
  /** CancelIoEx: ends one operation, or all, with ERROR_OPERATION_ABORTED; false = there was none to end. */
  cancelIo(overlapped?: OverlappedLike): boolean;
  /** CloseHandle: what is under way ends with ERROR_OPERATION_ABORTED, then the handle is closed. */
  close(): Promise<void>;
}
