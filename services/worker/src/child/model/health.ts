import { describeReason } from '../sdk/describe-reason.ts';

/** Answers that are kept back: an adapter has one ping under way. */
const MAX_KEPT = 100;

export interface HealthParts {
  /** Told with each ping, before it is answered. */
  onPing(): void;
  /** Runs the answer where the app's routines run. */
  answer(reply: () => void): void;
  /** A ping has met an app that is not well. */
  tell(reason: string): void;
}

/**
 * Whether the worker is well, as pings find it (iis-model 4.8).
 *
 * - `reportUnhealthy` does nothing by itself: the next ping stays without an answer and WAS hears the reason. The first reason stays.
 * - Where pings are off none comes, and it has no effect. Whether they are is asked of WAS at the ping: the setting changes in place, under a worker that
 *   was started with another.
 */
export class Health {
  readonly #parts: HealthParts;
  #reason: string | undefined;
  #isTold = false;
  #kept: (() => void)[] = [];

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  report(reason: unknown, hresult?: unknown): void {
    this.#reason ??= describeReason(reason, hresult);
  }

  ping(reply: () => void): void {
    this.#parts.onPing();
    if (this.#reason === undefined) {
      this.#parts.answer(reply);
      return;
    }
    if (this.#kept.length < MAX_KEPT) this.#kept.push(reply);
    if (this.#isTold) return;
    this.#isTold = true;
    this.#parts.tell(this.#reason);
  }

  /** WAS has answered: granted, the end comes. Else nobody counts pings, and the word is forgotten. */
  answered(isGranted: boolean): void {
    if (isGranted) return;
    this.#reason = undefined;
    this.#isTold = false;
    for (const reply of this.#kept.splice(0)) this.#parts.answer(reply);
  }
}
