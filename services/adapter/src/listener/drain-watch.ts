import { type Deferred, defer } from '@baton/core';

/** Resolves when a count has come down to nothing; looked at whenever something ended. */
export class DrainWatch {
  private waiting: { readonly count: () => number; readonly done: Deferred<void> } | undefined = undefined;

  /** Waits for `count()` to be 0; gives up, without an error, when the signal says so. */
  async empty(count: () => number, signal?: AbortSignal): Promise<void> {
    if (count() === 0) return;
    const done = defer();
    this.waiting = { count, done };
    signal?.addEventListener('abort', () => done.resolve(), { once: true });
    await done.promise;
    this.waiting = undefined;
  }

  look(): void {
    if (this.waiting && this.waiting.count() === 0) this.waiting.done.resolve();
  }
}
