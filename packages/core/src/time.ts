/**
 * Time inside Baton is a number of milliseconds; a clock is passed in wherever a decision depends on it.
 */
export type Clock = () => number;

/** Waits `delayMs` milliseconds; rejects with the signal's reason when aborted. The timer does not keep the process alive when `unref` is true. */
export function sleep(delayMs: number, signal?: AbortSignal, unref = false): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    if (unref) timer.unref();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export interface BackoffOptions {
  /** First delay, ms. */
  readonly firstMs: number;
  /** Largest delay, ms. */
  readonly maxMs: number;
  /** @default 2 */
  readonly factor?: number;
  /** Share of the delay that is random, 0 to 1. @default 0.2 */
  readonly jitter?: number;
}

/** Delay before attempt `attempt` (0 = the first retry), in ms: grows by `factor` up to `maxMs`, with jitter so that peers do not act together. */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs, factor = 2, jitter = 0.2 }: BackoffOptions,
  random: () => number = Math.random,
): number {
  const base = Math.min(maxMs, firstMs * factor ** Math.min(attempt, 50));
  return Math.round(base * (1 - jitter + 2 * jitter * random()));
}
