/** Shortest time between two wishes, ms: an app that asks at every response costs one message a second. */
const EVERY_MS = 1_000;

/**
 * The app's wish for a fresh process, said to the host once however often the app asks.
 *
 * - One that is not answered absorbs all that follow; the first reason stays.
 * - One after an answer waits until a second has passed since the last: the recycle that was granted may still be running, and may fail.
 */
export class RecycleWish {
  readonly #send: (reason: string) => void;
  readonly #everyMs: number;
  #isOpen = false;
  #isOver = false;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (reason: string) => void, everyMs = EVERY_MS) {
    this.#send = send;
    this.#everyMs = everyMs;
  }

  ask(reason: string): void {
    if (this.#isOpen || this.#isOver || this.#timer) return;
    const waitMs = this.#sentAtMs + this.#everyMs - performance.now();
    if (waitMs <= 0) this.#say(reason);
    else this.#timer = setTimeout(() => this.#say(reason), waitMs).unref();
  }

  /** Granted or not: a further wish is a new one. */
  answered(): void {
    this.#isOpen = false;
  }

  /** The process leaves anyway. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #say(reason: string): void {
    this.#timer = undefined;
    this.#isOpen = true;
    this.#sentAtMs = performance.now();
    this.#send(reason);
  }
}
