import type { Clock } from '@baton/core';

/** The clock and the timers of one leader; a test passes its own. */
export interface Time {
  /** Unix time, ms. */
  readonly now: Clock;
  /** Calls once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls again and again; the returned function ends it. */
  every(periodMs: number, callback: () => void): () => void;
}

/** Time as it passes; its timers do not keep the process alive. */
export const realTime: Time = {
  now: Date.now,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
