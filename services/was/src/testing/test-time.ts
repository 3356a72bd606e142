import type { Time } from '../time.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout;
}

/** Real time that a test may move forward: what is due then happens at once. */
export class TestTime implements Time {
  readonly #timers = new Set<Timer>();
  #offsetMs = 0;

  readonly now = (): number => Date.now() + this.#offsetMs;

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.now() + delayMs, callback, handle: undefined as unknown as NodeJS.Timeout };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#drop(timer);
  }

  every(periodMs: number, callback: () => void): () => void {
    let cancel = () => {};
    const next = () => {
      cancel = this.after(periodMs, () => {
        next();
        callback();
      });
    };
    next();
    return () => cancel();
  }

  /** Moves the clock; timers that are due fire before this returns, in order. */
  advance(ms: number): void {
    this.#offsetMs += ms;
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= this.now()).sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of due) {
      if (!this.#timers.has(timer)) continue;
      this.#drop(timer);
      timer.callback();
    }
    for (const timer of this.#timers) this.#arm(timer);
  }

  #arm(timer: Timer): void {
    clearTimeout(timer.handle);
    timer.handle = setTimeout(
      () => {
        this.#drop(timer);
        timer.callback();
      },
      Math.max(0, timer.dueMs - this.now()),
    );
    timer.handle.unref();
  }

  #drop(timer: Timer): void {
    clearTimeout(timer.handle);
    this.#timers.delete(timer);
  }
}
