/** How a worker that is gone ended. */
export interface Grave {
  readonly slot: string;
  /** A code of docs/errors.md, or why it was stopped. */
  readonly cause: string;
  /** What its host says of an end that nobody wanted, one line; '' = nothing. */
  readonly message: string;
  readonly isPlanned: boolean;
}

/** The cause, and what its host says of it: "APP_THREW: no database". */
export function endIn({ cause, message }: Pick<Grave, 'cause' | 'message'>): string {
  return [cause, message].filter((text) => text !== '').join(': ');
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
