/** What a stream of log lines may cost: a bucket that fills at `perSecond` up to `burst`. */
export interface OutputBudgetOptions {
  /** Bytes a second in the long run. @default 1_048_576 */
  readonly perSecond?: number;
  /** Bytes at once. @default 4_194_304 */
  readonly burst?: number;
}

/** Each line becomes a JSON line with the worker's facts; this is about what they add, bytes. */
const ENVELOPE_BYTES = 200;

/** Decides which lines of one worker are still logged, so that an app which floods cannot take the host's memory and event loop with it. */
export class OutputBudget {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #filledAtMs: number;

  constructor(options: OutputBudgetOptions, nowMs: number) {
    this.#perSecond = options.perSecond ?? 1_048_576;
    this.#burst = options.burst ?? 4_194_304;
    this.#left = this.#burst;
    this.#filledAtMs = nowMs;
  }

  /** True: the line may be logged and is paid for. */
  take(chars: number, nowMs: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond);
    this.#filledAtMs = nowMs;
    const cost = chars + ENVELOPE_BYTES;
    if (cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }
}
