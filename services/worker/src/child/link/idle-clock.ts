/**
 * Tells when nothing was in flight for a whole `limitMs`.
 *
 * One timer that is set again only when it fires, so that a request costs it nothing but a look at the clock when the last one ends.
 */
export class IdleClock {
  readonly #limitMs: number;
  readonly #onIdle: (idleMs: number) => void;
  #sinceMs = performance.now();
  #isBusy = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  /** `limitMs` 0: never idle. */
  constructor(limitMs: number, onIdle: (idleMs: number) => void) {
    this.#limitMs = limitMs;
    this.#onIdle = onIdle;
    this.#arm(limitMs);
  }

  busy(): void {
    this.#isBusy = true;
  }

  /** Nothing is in flight any more. */
  calm(): void {
    this.#isBusy = false;
    this.#sinceMs = performance.now();
    if (!this.#timer) this.#arm(this.#limitMs);
  }

  /** Begins to count from now, as when a wish was not granted. */
  restart(): void {
    this.#sinceMs = performance.now();
    if (!this.#timer && !this.#isBusy) this.#arm(this.#limitMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #arm(delayMs: number): void {
    if (this.#limitMs <= 0 || this.#isStopped) return;
    this.#timer = setTimeout(() => this.#check(), delayMs);
    this.#timer.unref();
  }

  #check(): void {
    this.#timer = undefined;
    if (this.#isBusy || this.#isStopped) return;
    const idleMs = performance.now() - this.#sinceMs;
    if (idleMs >= this.#limitMs) this.#onIdle(Math.round(idleMs));
    else this.#arm(this.#limitMs - idleMs);
  }
}
