import { ERROR_SUCCESS } from '../constants/error-codes.ts';
import type { HandleAssociation } from './handle-association.ts';
import type { OverlappedLike } from './overlapped.ts';
import type { SlotUser } from './thread-pool.ts';

/** Memory that operations are on, with the last of them; the earlier ones hang on it. */
export type Memory = ArrayBufferLike & { [IN_USE]?: Operation | undefined };

/** Where the host notes what an overlapped, or the memory of a buffer, is in use for; the same in each copy of this package. */
export const IN_USE: unique symbol = Symbol.for('baton.in-use') as never;

const NOTHING: OverlappedLike = { internal: 0, internalHigh: 0, offset: 0 };
const NO_BYTES = new Uint8Array(0);
const NO_MEMORY: Memory = NO_BYTES.buffer;

/**
 * One overlapped operation from its acceptance until its routine is called. Its handle uses it again for later ones: an operation on a file costs no
 * allocation, and few pointers that the garbage collector has to hear of.
 */
export class Operation implements SlotUser {
  readonly handle: HandleAssociation;
  isRead = true;
  overlapped: OverlappedLike = NOTHING;
  buffer: Uint8Array = NO_BYTES;
  memory = NO_MEMORY;
  /** Its place among those of its handle. */
  sequence = 0;
  bytes = 0;
  /** A number of winerror.h. */
  error = 0;
  cause: unknown = undefined;
  isUnderWay = false;
  isAborted = false;
  /** Where the app was when it asked, for what comes from elsewhere: sockets and ports. */
  scope: (<T>(routine: () => T) => T) | undefined = undefined;
  /** W3C trace context of the sampled request that asked. */
  traceparent: string | undefined = undefined;
  startedAtMs = 0;
  /** Its neighbours among the operations on the same memory. */
  before: Operation | undefined = undefined;
  after: Operation | undefined = undefined;
  /** The callback of fs.read, fs.write and stream.write. */
  readonly ended: (cause: unknown, bytes?: number) => void;

  constructor(handle: HandleAssociation) {
    this.handle = handle;
    this.ended = (cause, bytes) => handle.ended(this, cause, bytes ?? 0);
  }

  get name(): string {
    return this.handle.name;
  }

  /** In a slot: the overlapped and the buffer are the app's again, then the routine hears. */
  run(): unknown {
    const { handle, overlapped, buffer, bytes, error, scope, cause } = this;
    overlapped.internal = error;
    overlapped.internalHigh = bytes;
    if (overlapped.cause !== cause) overlapped.cause = cause;
    const read = error === ERROR_SUCCESS && this.isRead ? buffer : undefined;
    handle.release(this);
    if (scope !== undefined) return scope(() => handle.tell(error, bytes, overlapped, read));
    return handle.tell(error, bytes, overlapped, read);
  }

  /** What an operation for later must not hold on to. */
  rest(): void {
    this.overlapped = NOTHING;
    this.buffer = NO_BYTES;
    this.memory = NO_MEMORY;
    if (this.cause !== undefined) this.cause = undefined;
    if (this.scope !== undefined) this.scope = undefined;
    this.isAborted = false;
  }

  /** "read of 8 bytes at 2 of file 21". */
  describe(): string {
    return `${this.isRead ? 'read' : 'write'} of ${this.buffer.byteLength} bytes at ${this.overlapped.offset} of ${this.handle.what}`;
  }
}
