/** How a worker that is gone ended. */
export interface Grave {
  readonly slot: string;
  readonly cause: string;
  readonly isPlanned: boolean;
}

const MOST_GRAVES = 1_000;

/** The last workers that ended, for adapters that were away when they were told. */
export class Graves {
  readonly #graves = new Map<string, Grave>();

  add(workerId: string, grave: Grave): void {
    this.#graves.set(workerId, grave);
    if (this.#graves.size > MOST_GRAVES) this.#graves.delete(this.#graves.keys().next().value!);
  }

  get(workerId: string): Grave | undefined {
    return this.#graves.get(workerId);
  }
}
