import { type Deferred, defer } from '@baton/core';
import type { Work } from './forward/work.ts';

/** Work whose protocol leaves it to the kit to look at its deadlines and to wait for its end. */
export class WorkSet {
  private readonly works = new Set<Work>();
  private readonly waiting = new Set<Deferred<void>>();

  add(work: Work): void {
    if (!work.isDone) this.works.add(work);
  }

  /** Work that is not over. */
  get size(): number {
    this.forgetDone();
    return this.works.size;
  }

  sweep(nowMs: number): void {
    for (const work of this.works) if (!work.isDone && work.deadlineAtMs <= nowMs) work.onDeadline();
    this.forgetDone();
  }

  /** Resolves when nothing is left, or, without an error, when the signal says so. */
  async idle(signal?: AbortSignal): Promise<void> {
    if (this.size === 0 || signal?.aborted) return;
    const done = defer();
    this.waiting.add(done);
    signal?.addEventListener('abort', () => done.resolve(), { once: true });
    await done.promise;
    this.waiting.delete(done);
  }

  private forgetDone(): void {
    for (const work of this.works) if (work.isDone) this.works.delete(work);
    if (this.works.size === 0) for (const done of this.waiting) done.resolve();
  }
}
