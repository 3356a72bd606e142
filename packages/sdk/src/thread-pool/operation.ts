import { ERROR_SUCCESS } from '../constants/error-codes.ts';
import type { HandleAssociation } from './handle-association.ts';
import type { Operations } from './operations.ts';
import type { IN_USE, OverlappedLike } from './overlapped.ts';
import type { SlotUser } from './thread-pool.ts';

export type OperationKind = 'read' | 'write';

const NOTHING: OverlappedLike = { internal: 0, internalHigh: 0, offset: 0 };
const NO_BYTES = new Uint8Array(0);

/**
 * One overlapped operation from its acceptance until its routine is called. Used again for later ones: an operation on a file costs no allocation.
 */
export class Operation implements SlotUser {
  readonly operations: Operations;
  handle!: HandleAssociation;
  kind: OperationKind = 'read';
  overlapped: OverlappedLike = NOTHING;
  buffer: Uint8Array = NO_BYTES;
  memory: ArrayBufferLike & { [IN_USE]?: Operation | undefined } = NO_BYTES.buffer;
  bytes = 0;
  /** A number of winerror.h. */
  error = 0;
  cause: unknown = undefined;
  /** Where the app was when it asked, for what comes from elsewhere: sockets and ports. */
  scope: (<T>(routine: () => T) => T) | undefined = undefined;
  /** W3C trace context of the sampled request that asked. */
  traceparent: string | undefined = undefined;
  startedAtMs = 0;
  isUnderWay = false;
  /** The handle was closed, or the operation cancelled: however it ends, it was aborted. */
  isAborted = false;
  /** Its neighbours among the operations of its handle. */
  older: Operation | undefined = undefined;
  newer: Operation | undefined = undefined;
  /** Its neighbours among the operations on the same memory. */
  before: Operation | undefined = undefined;
  after: Operation | undefined = undefined;
  /** The callback of fs.read, fs.write and stream.write. */
  readonly ended: (cause: unknown, bytes?: number) => void;

  constructor(operations: Operations) {
    this.operations = operations;
    this.ended = (cause, bytes) => this.handle.ended(this, cause, bytes ?? 0);
  }

  get name(): string {
    return this.handle.name;
  }

  /** In a slot: the overlapped and the buffer are the app's again, then the routine hears. */
  run(): unknown {
    const { handle, overlapped, buffer, bytes, error, scope } = this;
    overlapped.internal = error;
    overlapped.internalHigh = bytes;
    if (overlapped.cause !== this.cause) overlapped.cause = this.cause;
    const read = error === ERROR_SUCCESS && this.kind === 'read' ? buffer : undefined;
    this.operations.release(this);
    if (scope !== undefined) return scope(() => handle.tell(error, bytes, overlapped, read));
    return handle.tell(error, bytes, overlapped, read);
  }

  /** What an operation for later must not hold: it lives as long as the pool. */
  rest(): void {
    this.overlapped = NOTHING;
    this.buffer = NO_BYTES;
    this.memory = NO_BYTES.buffer;
    this.cause = undefined;
    this.scope = undefined;
    this.isAborted = false;
  }
}
