import type { Switch } from '../place/eligibility.ts';
import { putText } from './put.ts';

/**
 * Writes a switch of eligibility as a JSON line between those of requests; returns the index behind it.
 *
 * - `n` is from the same row as those of requests: of a slot and channel, what has a higher one than this line and a lower one than the next
 *   went to `to`.
 * - `channel`: "ADAPTER/CHANNEL".
 */
export function putSwitchLine(bytes: Uint8Array, start: number, pool: string, channel: string, facts: Switch, atMs: number): number {
  const { slot, recycleId: recycle, from, to, inFlight, n } = facts;
  const line = { type: 'handover', time: new Date(atMs).toISOString(), pool, channel, slot, recycle, from, to, inFlight, n };
  return putText(bytes, start, `${JSON.stringify(line)}\n`);
}
