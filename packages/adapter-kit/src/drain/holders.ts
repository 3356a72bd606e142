import { Delivery, type HolderFacts } from '../forward/delivery.ts';
import type { Slot } from '../place/slot.ts';
import type { Tally } from '../place/tally.ts';

/** Named in one report at most. */
const MOST_NAMED = 20;

/** Something that keeps a worker from ending. */
export interface Holder extends HolderFacts {
  readonly appKey: string;
  /** When it was handed to a worker, on the adapter's clock. */
  readonly sinceMs: number;
}

/** What keeps one worker from ending. */
export interface Holders {
  /** The oldest, 20 at the most. */
  readonly named: readonly Holder[];
  /** All of them. */
  readonly count: number;
}

/** What a hand-over found in flight and is still with its old worker: the oldest by name, and how many. Looks at everything in flight there: only for reports. */
export function holdersOf(slot: Slot, { from, lastN }: Tally): Holders {
  const named: Holder[] = [];
  let count = 0;
  for (const work of slot.instances.get(from)?.session.handlers() ?? []) {
    if (!(work instanceof Delivery) || work.n > lastN) continue;
    count++;
    if (named.length < MOST_NAMED) named.push({ ...work.holder, appKey: work.app?.appKey ?? '', sinceMs: work.deliveredAtMs });
  }
  return { named, count };
}
