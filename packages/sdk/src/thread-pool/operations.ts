import { HostError } from '../errors/host-error.ts';
import type { OperationSpan, TraceContext } from '../server/server-host.ts';
import type { HandleAssociation } from './handle-association.ts';
import { Operation, type OperationKind } from './operation.ts';
import { IN_USE, type OverlappedLike, STATUS_PENDING } from './overlapped.ts';

/** Operations kept for further use. */
const MAX_SPARE = 4_096;

/** Who traces: only operations of a sampled request get a span. */
export interface OperationTracer {
  activeTrace(): TraceContext | undefined;
  recordSpan(span: OperationSpan): void;
}

/** Memory that operations are on: the last of them, the earlier ones hang on it. */
type Memory = ArrayBufferLike & { [IN_USE]?: Operation | undefined };

/**
 * The overlapped operations under way: which OVERLAPPED and which memory are the host's. Both are marked on the objects themselves: a map for each costs
 * a tenth of the rate of small reads (measured).
 */
export class Operations {
  tracer: OperationTracer | undefined;
  size = 0;
  readonly #limit: number;
  readonly #spare: Operation[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes an operation on, or throws HostError; then nothing has changed, and no completion will come. */
  accept(handle: HandleAssociation, kind: OperationKind, buffer: Uint8Array, overlapped: OverlappedLike): Operation {
    checkMembers(overlapped);
    if (!(buffer instanceof Uint8Array))
      throw new HostError('ERROR_INVALID_PARAMETER', `${kind}: a Buffer or another Uint8Array was expected, ${typeof buffer} came`);
    if (overlapped[IN_USE] !== undefined) refuseOverlapped(kind, overlapped);
    const memory = buffer.buffer as Memory;
    const last = memory[IN_USE];
    if (last !== undefined) checkMemory(kind, buffer, last);
    if (this.size >= this.#limit)
      throw new HostError(
        'ERROR_NOT_ENOUGH_QUOTA',
        `${kind}: ${this.#limit} operations are under way already. Wait for completions before asking for more`,
      );

    const operation = this.#spare.pop() ?? new Operation(this);
    overlapped[IN_USE] = operation;
    overlapped.internal = STATUS_PENDING;
    overlapped.internalHigh = 0;
    memory[IN_USE] = operation;
    if (last !== undefined) {
      last.after = operation;
      operation.before = last;
    }
    operation.handle = handle;
    operation.kind = kind;
    operation.overlapped = overlapped;
    operation.buffer = buffer;
    operation.memory = memory;
    operation.isUnderWay = true;
    const { newest } = handle;
    operation.older = newest;
    if (newest !== undefined) newest.newer = operation;
    handle.newest = operation;
    handle.pending++;
    this.size++;
    if (this.tracer !== undefined) this.#trace(operation, this.tracer);
    return operation;
  }

  /** The overlapped and the memory are the app's again; the operation is one for later. */
  release(operation: Operation): void {
    if (operation.traceparent !== undefined) this.#record(operation, operation.traceparent);
    operation.overlapped[IN_USE] = undefined;
    const { before, after } = operation;
    if (after !== undefined) {
      after.before = before;
      operation.after = undefined;
    } else operation.memory[IN_USE] = before;
    if (before !== undefined) {
      before.after = after;
      operation.before = undefined;
    }
    const { handle, older, newer } = operation;
    if (newer !== undefined) {
      newer.older = older;
      operation.newer = undefined;
    } else handle.newest = older;
    if (older !== undefined) {
      older.newer = newer;
      operation.older = undefined;
    }
    handle.pending--;
    this.size--;
    if (this.#spare.length < MAX_SPARE) {
      operation.rest();
      this.#spare.push(operation);
    }
  }

  /** The operation was refused after all: as if it had never been. */
  withdraw(operation: Operation): void {
    operation.isUnderWay = false;
    operation.traceparent = undefined;
    operation.overlapped.internal = 0;
    this.release(operation);
  }

  #trace(operation: Operation, tracer: OperationTracer): void {
    const trace = tracer.activeTrace();
    if (!trace?.isSampled) return;
    operation.traceparent = trace.traceparent;
    operation.startedAtMs = Date.now();
  }

  #record(operation: Operation, traceparent: string): void {
    operation.traceparent = undefined;
    this.tracer?.recordSpan({
      name: `overlapped ${operation.kind}`,
      traceparent,
      startedAtMs: operation.startedAtMs,
      endedAtMs: Date.now(),
      bytes: operation.bytes,
      error: operation.error,
    });
  }
}

function checkMembers(overlapped: OverlappedLike): void {
  if (typeof overlapped !== 'object' || overlapped === null)
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `An overlapped was expected, ${typeof overlapped} came: new Overlapped(offset) makes one`,
    );
  if (typeof overlapped.internal !== 'number' || typeof overlapped.internalHigh !== 'number')
    throw new HostError('ERROR_INVALID_PARAMETER', 'The overlapped has unset members: new Overlapped(offset) sets them all');
  if (overlapped.hEvent !== undefined && overlapped.hEvent !== 0)
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      'hEvent of the overlapped must be 0: there are no event objects, the completion routine tells the end',
    );
}

function refuseOverlapped(kind: OperationKind, overlapped: OverlappedLike): never {
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `${kind}: this overlapped belongs to a ${describe(overlapped[IN_USE] as Operation)} that is under way. Wait for its completion, or make one for each operation`,
  );
}

function checkMemory(kind: OperationKind, buffer: Uint8Array, last: Operation): void {
  const from = buffer.byteOffset;
  const to = from + buffer.byteLength;
  for (let other: Operation | undefined = last; other; other = other.before) {
    const start = other.buffer.byteOffset;
    if (from < start + other.buffer.byteLength && start < to)
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        `${kind}: the buffer belongs to a ${describe(other)} that is under way. Wait for its completion, or take another buffer`,
      );
  }
}

function describe(operation: Operation): string {
  return `${operation.kind} of ${operation.buffer.byteLength} bytes at ${operation.overlapped.offset} of ${operation.handle.what}`;
}
