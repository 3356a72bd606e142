import { shareOut } from '../share-out.ts';

/** One rung: what is done, and when, ms after the order was entered. */
export interface Rung {
  readonly step: 'ask' | 'terminate' | 'kill';
  readonly atMs: number;
}

/** A process that is known to be unresponsive gets this long between SIGTERM and SIGKILL, ms. */
const FORCED_MS = 2_000;

/**
 * The ladder of a stop order: asked by message → SIGTERM → SIGKILL at the limit.
 *
 * - Asking has the largest share: it is the drain, in which requests end.
 * - `force` skips asking.
 */
export function stopLadder(limitMs: number, force: boolean): readonly Rung[] {
  const limit = Math.max(0, limitMs);
  if (force) {
    return [
      { step: 'terminate', atMs: 0 },
      { step: 'kill', atMs: Math.min(limit, FORCED_MS) },
    ];
  }
  return [
    { step: 'ask', atMs: 0 },
    { step: 'terminate', atMs: shareOut(limit).limitMs },
    { step: 'kill', atMs: limit },
  ];
}
