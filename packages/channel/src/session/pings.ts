import { type Deferred, defer } from '@baton/core';

interface Waiting extends Deferred<number> {
  readonly sentAt: number;
}

/** Pings sent and not answered. */
export class Pings {
  private number = 0;
  private readonly waiting = new Map<number, Waiting>();

  /** Sends a ping; resolves with the round trip in ms, rejects with the signal's reason. */
  send(write: (number: number) => void, signal?: AbortSignal): Promise<number> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.number = (this.number + 1) >>> 0;
    const number = this.number;
    const deferred = defer<number>();
    const onAbort = (): void => {
      this.waiting.delete(number);
      deferred.reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.waiting.set(number, {
      promise: deferred.promise,
      sentAt: performance.now(),
      resolve: (roundTripMs) => {
        signal?.removeEventListener('abort', onAbort);
        deferred.resolve(roundTripMs);
      },
      reject: (error) => {
        signal?.removeEventListener('abort', onAbort);
        deferred.reject(error);
      },
    });
    write(number);
    return deferred.promise;
  }

  /** A pong came; one that nobody waits for any more is ignored. */
  answered(number: number): void {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    waiting?.resolve(performance.now() - waiting.sentAt);
  }

  fail(error: Error): void {
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}
