import type { Switch } from '@baton/adapter-kit';
import type { LineFile } from './access-log.ts';
import { writeLine } from './write-line.ts';

/**
 * Logs a switch of eligibility between the lines of requests.
 *
 * - `n` is from the same row as those of requests: of a slot and channel, what has a higher one than this line and a lower one than the next
 *   went to `to`.
 * - `channel`: "ADAPTER/CHANNEL".
 */
export function writeSwitchLine(file: LineFile, pool: string, channel: string, facts: Switch, atMs: number): void {
  const { slot, recycleId: recycle, from, to, inFlight, n } = facts;
  writeLine(file, { type: 'handover', time: new Date(atMs).toISOString(), pool, channel, slot, recycle, from, to, inFlight, n });
}
