/** Limits of contract.md; milliseconds and bytes, 0 = none. */
export interface Limits {
  /** Longest time a request waits for a worker. @default 30_000 */
  readonly queueTimeoutMs: number;
  /** Longest time from the head of a request to the end of its response. @default 0 */
  readonly requestTimeoutMs: number;
  /** Longest time from the first byte of a head to its last. @default 60_000 */
  readonly headersTimeoutMs: number;
  /** Longest time a connection may be open without a request, or a body without a byte. @default 120_000 */
  readonly idleTimeoutMs: number;
  /** Largest head. @default 16_384 */
  readonly maxHeaderBytes: number;
  /** Largest body of a request. @default 0 */
  readonly maxBodyBytes: number;
  /** Connections open at once on one port. @default 0 */
  readonly maxConnections: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  queueTimeoutMs: 30_000,
  requestTimeoutMs: 0,
  headersTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
  maxHeaderBytes: 16_384,
  maxBodyBytes: 0,
  maxConnections: 0,
});

/** Deadline `limitMs` after `now`; never when the limit is 0. */
export const deadlineAfter = (now: number, limitMs: number): number => (limitMs > 0 ? now + limitMs : Number.POSITIVE_INFINITY);

/** What counts on a connection before the application is known: the most that any application of the port allows. */
export function portLimits(all: readonly Limits[]): Limits {
  if (all.length === 0) return DEFAULT_LIMITS;
  const most = (pick: (limits: Limits) => number): number => (all.some((limits) => pick(limits) === 0) ? 0 : Math.max(...all.map(pick)));
  return {
    queueTimeoutMs: most((limits) => limits.queueTimeoutMs),
    requestTimeoutMs: most((limits) => limits.requestTimeoutMs),
    headersTimeoutMs: most((limits) => limits.headersTimeoutMs),
    idleTimeoutMs: most((limits) => limits.idleTimeoutMs),
    // A head is held in memory whole, so that "none" still has an end.
    maxHeaderBytes: most((limits) => limits.maxHeaderBytes) || 1_048_576,
    maxBodyBytes: most((limits) => limits.maxBodyBytes),
    maxConnections: most((limits) => limits.maxConnections),
  };
}
