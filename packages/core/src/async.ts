import { BatonError } from './errors/baton-error.ts';
import { sleep } from './time.ts';

/** A promise with its resolvers outside; settles once, later calls do nothing. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function defer<T = void>(): Deferred<T> {
  return Promise.withResolvers<T>();
}

/** Rejects with TIMEOUT when `promise` has not settled within `limitMs`. `what` names the awaited thing for the message. */
export async function within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      promise,
      sleep(limitMs, stop.signal).then(() => {
        throw new BatonError('TIMEOUT', `${what} did not happen within ${limitMs} ms`);
      }),
    ]);
  } finally {
    stop.abort();
  }
}

/** Polls `check` until it returns something truthy, which is returned; for tests and supervisors that have no event to wait for. */
export async function until<T>(
  check: () => T | Promise<T>,
  limitMs = 10_000,
  what = 'the condition',
  everyMs = 10,
): Promise<NonNullable<T>> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value) return value as NonNullable<T>;
    if (Date.now() > end) throw new BatonError('TIMEOUT', `${what} did not come true within ${limitMs} ms`);
    await sleep(everyMs);
  }
}
