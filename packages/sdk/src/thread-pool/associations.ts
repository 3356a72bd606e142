import type { FileHandle } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { ERROR_SUCCESS } from '../constants/error-codes.ts';
import { HostError } from '../errors/host-error.ts';
import type { AssociableHandle, AssociatedHandle, CompletionRoutine, WorkerRoutine } from './associated-handle.ts';
import { FileAssociation, fdOf } from './file-association.ts';
import type { AssociationParts, HandleAssociation, Tell } from './handle-association.ts';
import type { Operations } from './operations.ts';
import { PortAssociation } from './port-association.ts';
import { StreamAssociation } from './stream-association.ts';
import type { ThreadPool } from './thread-pool.ts';
import { fileOf, type WorkerThreads } from './worker-threads.ts';

/** Which handles are associated: each once, for its life. */
export class Associations {
  readonly #pool: ThreadPool;
  readonly #operations: Operations;
  readonly #workerThreads: WorkerThreads;
  readonly #byObject = new WeakMap<object, HandleAssociation>();
  readonly #byDescriptor = new Map<number, FileAssociation>();

  constructor(pool: ThreadPool, operations: Operations, workerThreads: WorkerThreads) {
    this.#pool = pool;
    this.#operations = operations;
    this.#workerThreads = workerThreads;
  }

  add(handle: AssociableHandle, routine: CompletionRoutine | WorkerRoutine): AssociatedHandle {
    const parts = this.#partsOf(routine);
    if (typeof handle === 'object' && handle !== null) {
      const known = this.#byObject.get(handle);
      if (known) refuseSecond(known);
    }
    const association = this.#associate(handle, parts);
    if (typeof handle !== 'number') this.#byObject.set(handle, association);
    return association;
  }

  #associate(handle: AssociableHandle, parts: AssociationParts): HandleAssociation {
    if (isStream(handle)) return new StreamAssociation(handle, parts);
    if (isPort(handle)) return new PortAssociation(handle, parts);
    if (typeof handle === 'number' || isFileHandle(handle)) return this.#addFile(handle, parts);
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `A FileHandle of fs/promises, a file descriptor, a socket, a pipe or a MessagePort was expected, ${kindOf(handle)} came`,
    );
  }

  #addFile(handle: FileHandle | number, parts: AssociationParts): FileAssociation {
    const fd = fdOf(handle);
    const known = this.#byDescriptor.get(fd);
    // one that was closed with fs.close, which nobody hears, has left its number to another file
    if (known?.isSame) refuseSecond(known);
    const descriptors = this.#byDescriptor;
    const association = new FileAssociation(handle, {
      ...parts,
      closed: (closed) => {
        if (descriptors.get(fd) === closed) descriptors.delete(fd);
      },
    });
    descriptors.set(fd, association);
    return association;
  }

  #partsOf(routine: CompletionRoutine | WorkerRoutine): AssociationParts {
    const common = { pool: this.#pool, operations: this.#operations, closed: () => {} };
    if (isWorkerRoutine(routine)) {
      const name = routine.name || 'default';
      return { ...common, routine: this.#tellThread(routine, fileOf(routine.file), name), name };
    }
    if (typeof routine === 'function') return { ...common, routine, name: routine.name || 'a completion routine' };
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `A completion routine (error, bytes, overlapped) was expected, or { worker: true, file, name }; ${kindOf(routine)} came`,
    );
  }

  /** A routine on a worker thread, then the one here that hears of its end. */
  #tellThread({ completed }: WorkerRoutine, file: string, name: string): Tell {
    return (error, bytes, overlapped, read) => {
      if (error !== ERROR_SUCCESS) return completed?.(error, bytes, overlapped, undefined);
      // the buffer is the app's again from here on: the thread gets a copy
      const data = read && new Uint8Array(read.subarray(0, bytes));
      return this.#workerThreads.run(file, name, { error, bytes, offset: overlapped.offset, data }).then(
        (result) => completed?.(ERROR_SUCCESS, bytes, overlapped, result),
        (failure: HostError) => {
          overlapped.internal = failure.number;
          overlapped.cause = failure;
          if (!completed) throw failure;
          return completed(failure.number, 0, overlapped, undefined);
        },
      );
    };
  }
}

function refuseSecond(known: HandleAssociation): never {
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `A handle is associated once, for its life, and ${known.what} is associated with "${known.name}". Keep what the first call returned; ` +
      'a file given by its number is free again after close() of that',
  );
}

function isWorkerRoutine(routine: CompletionRoutine | WorkerRoutine): routine is WorkerRoutine {
  return (typeof routine === 'object' || typeof routine === 'function') && routine !== null && (routine as WorkerRoutine).worker === true;
}

function isFileHandle(handle: AssociableHandle): handle is FileHandle {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    typeof (handle as FileHandle).fd === 'number' &&
    typeof (handle as FileHandle).stat === 'function'
  );
}

function isStream(handle: AssociableHandle): handle is Duplex {
  const stream = handle as Duplex | null;
  return (
    typeof stream === 'object' &&
    typeof stream?.read === 'function' &&
    typeof stream.write === 'function' &&
    typeof stream.destroy === 'function'
  );
}

function isPort(handle: AssociableHandle): handle is MessagePort {
  const port = handle as MessagePort | null;
  return typeof port === 'object' && typeof port?.postMessage === 'function' && typeof port.start === 'function';
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `${typeof value}${value === null ? ' null' : ''}`;
  return value.constructor?.name ?? 'an object';
}
