import type { CompletionInfo } from './providers.ts';

/** How an asynchronous operation ended. */
export class Completion implements CompletionInfo {
  readonly #bytes: number;
  readonly #error: number;

  constructor(bytes: number, error: number) {
    this.#bytes = bytes;
    this.#error = error;
  }

  getCompletionBytes(): number {
    return this.#bytes;
  }

  getCompletionStatus(): number {
    return this.#error;
  }
}
