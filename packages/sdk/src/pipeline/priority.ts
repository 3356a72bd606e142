import {
  PRIORITY_ALIAS_FIRST,
  PRIORITY_ALIAS_HIGH,
  PRIORITY_ALIAS_LAST,
  PRIORITY_ALIAS_LOW,
  PRIORITY_ALIAS_MEDIUM,
} from '../constants/priorities.ts';
import { HostError } from '../errors/host-error.ts';

const ORDER: readonly string[] = [
  PRIORITY_ALIAS_FIRST,
  PRIORITY_ALIAS_HIGH,
  PRIORITY_ALIAS_MEDIUM,
  PRIORITY_ALIAS_LOW,
  PRIORITY_ALIAS_LAST,
];

const MEDIUM = ORDER.indexOf(PRIORITY_ALIAS_MEDIUM);

/** Ranks of one module, by the notification's bit. Those it says nothing of are MEDIUM. */
export class Priorities {
  readonly #ranks = new Map<number, number>();

  /** Throws ERROR_INVALID_PARAMETER for an alias that does not exist. */
  set(mask: number, alias: unknown): void {
    const rank = ORDER.indexOf(alias as string);
    if (rank < 0) throw new HostError('ERROR_INVALID_PARAMETER', `A priority is one of ${ORDER.join(', ')}; got ${String(alias)}.`);
    for (let rest = mask; rest !== 0; rest &= rest - 1) this.#ranks.set((rest & -rest) >>> 0, rank);
  }

  rankOf(bit: number): number {
    return this.#ranks.get(bit) ?? MEDIUM;
  }
}

/** The modules that take part, by priority; those of one priority stay in the order of the list. `isInverted`: FIRST comes last. */
export function byPriority<T>(list: readonly T[], rankOf: (one: T) => number, isInverted = false): T[] {
  return list.toSorted((one, other) => (isInverted ? rankOf(other) - rankOf(one) : rankOf(one) - rankOf(other)));
}
