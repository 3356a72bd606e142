import { type Deferred, defer } from '@baton/core';

/** Callers of `resume` that wait for the worker's acknowledgement, and the number of the resume frame sent last. */
export class ResumeWaiters {
  private number = 0;
  private waiting: Deferred<void>[] = [];

  wait(): Promise<void> {
    const deferred = defer();
    this.waiting.push(deferred);
    return deferred.promise;
  }

  nextNumber(): number {
    this.number = (this.number + 1) >>> 0;
    return this.number;
  }

  /** An acknowledgement of an earlier resume frame says nothing: a drain came after it. */
  isLast(number: number): boolean {
    return number === this.number;
  }

  grant(): void {
    for (const deferred of this.take()) deferred.resolve();
  }

  deny(error: Error): void {
    for (const deferred of this.take()) deferred.reject(error);
  }

  private take(): Deferred<void>[] {
    const waiting = this.waiting;
    this.waiting = [];
    return waiting;
  }
}
