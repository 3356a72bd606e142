import type { Recycle } from '@baton/admin';
import type { GenerationTimes } from './summary.ts';

/** One recycle as its receipt tells it and as the clients saw it. */
export interface Overlap {
  readonly id: string;
  readonly slot: string;
  readonly newGeneration: number;
  readonly hosts: string;
  readonly receiptMs: number;
  /** First begin of a request that the new generation answered to last end of one that the old did; below 0: a gap. Undefined: not seen. */
  readonly clientMs: number | undefined;
}

/** Puts the receipts of the recycles that completed beside what the clients saw, in the order of the receipts. */
export function pairOverlaps(receipts: readonly Recycle[], seen: readonly GenerationTimes[]): readonly Overlap[] {
  const find = (slot: string, generation: number | null) => seen.find((times) => times.slot === slot && times.generation === generation);
  return receipts
    .filter(({ outcome }) => outcome === 'completed')
    .map((receipt) => {
      const slot = receipt.slot.slice(receipt.slot.indexOf('/') + 1);
      const [before, after] = [find(slot, receipt.oldGeneration), find(slot, receipt.newGeneration)];
      return {
        id: receipt.id,
        slot,
        newGeneration: receipt.newGeneration ?? 0,
        hosts: `${receipt.oldHost} -> ${receipt.newHost}`,
        receiptMs: receipt.overlapMs ?? Number.NaN,
        clientMs: before && after ? before.lastEndMs - after.firstBeginMs : undefined,
      };
    });
}

/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
