import type { StoredReceipt } from '@baton/store';
import { type Cluster, isRequired } from '../cluster/cluster.ts';
import { missingShares } from './receipt.ts';

/** Channels whose last report of the recycle is on its way: attached, or lost a moment ago. */
export function awaitedShares({ channels }: Pick<Cluster, 'channels'>, receipt: StoredReceipt): string[] {
  return missingShares(receipt).filter((ref) => {
    const channel = channels.get(ref);
    return channel !== undefined && isRequired(channel);
  });
}
