/** Share of a stop's limit that SIGTERM handlers get at the end, and its bound, ms. */
const GRACE_SHARE = 0.2;
const MAX_GRACE_MS = 5_000;

/**
 * How shutdownTimeLimit is shared out: `limitMs` for the drain, in which requests end and which has the most of it, `graceMs` for the app's
 * SIGTERM handlers after it.
 */
export function shareOut(shutdownLimitMs: number): { readonly limitMs: number; readonly graceMs: number } {
  const wholeMs = Math.max(0, shutdownLimitMs);
  const graceMs = Math.min(wholeMs * GRACE_SHARE, MAX_GRACE_MS);
  return { limitMs: wholeMs - graceMs, graceMs };
}
