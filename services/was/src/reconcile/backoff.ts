import { backoffMs } from '@baton/core';

export interface RetryLimits {
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
}

/** Delay before the next start after `failures` failures in a row: none after a single crash, then 0.2 s growing to 30 s, with jitter. */
export function crashDelayMs(failures: number, { retryFirstMs, retryMaxMs }: RetryLimits, random: () => number): number {
  return failures === 0 ? 0 : backoffMs(failures - 1, { firstMs: retryFirstMs, maxMs: retryMaxMs }, random);
}

/** How a worker ended that was not asked to. */
export interface Failure {
  /** Absent: it never became ready. */
  readonly readyForMs: number | undefined;
}

/**
 * Failures in a row after one more.
 *
 * - A failed start counts. A crash after a longer life ends the row: it is replaced at once.
 * - A crash soon after ready is replaced at once too, but `quickCrashes` of them in a row make it a row.
 */
export function countFailure(
  { failures, quickCrashes }: { failures: number; quickCrashes: number },
  { readyForMs }: Failure,
  limits: { readonly quickCrashMs: number; readonly quickCrashes: number },
): { failures: number; quickCrashes: number } {
  if (readyForMs === undefined) return { failures: failures + 1, quickCrashes };
  if (readyForMs >= limits.quickCrashMs) return { failures: 0, quickCrashes: 0 };
  const quick = quickCrashes + 1;
  return { failures: quick > limits.quickCrashes ? quick - limits.quickCrashes : 0, quickCrashes: quick };
}
