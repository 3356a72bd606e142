/** `internal` of an operation that is under way (STATUS_PENDING). */
export const STATUS_PENDING = 0x103;

/**
 * One overlapped operation (OVERLAPPED): made for it, told apart by it, not used again before its completion.
 *
 * - Any object with these members will do; `new Overlapped(offset)` has them all.
 * - Set `offset` before the call, nothing else: `internal` and `internalHigh` are the host's, and `hEvent` has to be 0 (completions come through the
 *   routine, there are no event objects). Otherwise the call fails with ERROR_INVALID_PARAMETER.
 */
export interface OverlappedLike {
  /** STATUS_PENDING while it runs, then the error of its end: 0 = none. */
  internal: number;
  /** Bytes transferred. */
  internalHigh: number;
  /** Position in the file, 64 bits; 0 for what has no positions: sockets, pipes, ports. */
  offset: number | bigint;
  hEvent?: 0;
  /** The error of Node behind `internal`, where there was one. */
  cause?: unknown;
}

/** See OverlappedLike. */
export class Overlapped implements OverlappedLike {
  internal = 0;
  internalHigh = 0;
  offset: number | bigint;
  hEvent: 0 = 0 as const;
  cause: unknown = undefined;

  constructor(offset: number | bigint = 0) {
    this.offset = offset;
  }
}
