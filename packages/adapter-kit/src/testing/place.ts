import type { Switch } from '../place/eligibility.ts';
import { PoolPlace } from '../place/pool.ts';
import { Sequence } from '../place/sequence.ts';
import type { Tally } from '../place/tally.ts';

export interface PlaceWishes {
  /** @default 10 */
  readonly queueLength?: number;
  readonly now?: () => number;
  readonly onNeed?: () => void;
  readonly onSwitch?: (facts: Switch) => void;
  readonly onTally?: (tally: Tally) => void;
}

const nothing = (): void => {};

/** A place of pool "shop" on channel 1, without an adapter around it. */
export function createPlace({
  queueLength = 10,
  now = () => 0,
  onNeed = nothing,
  onSwitch = nothing,
  onTally = nothing,
}: PlaceWishes = {}): PoolPlace {
  return new PoolPlace({ pool: 'shop', channelId: 1, queueLength, sequence: new Sequence(), now, events: { onNeed, onSwitch, onTally } });
}
