import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What test/apps/protocols/ledger.js writes: the work that was begun, that was ended, and that was in hand when the process was told to leave. */
export type LedgerName = 'ledger' | 'ended' | 'crossed';

/** The pids of the processes that wrote an id down, one for each time. */
export type Ledger = ReadonlyMap<string, readonly number[]>;

/** Everything that the app's processes wrote down under this name. */
export function readLedgers(dir: string, name: LedgerName): Ledger {
  const pids = new Map<string, number[]>();
  for (const file of readdirSync(dir).filter((file) => file.startsWith(`${name}-`))) {
    const pid = Number(file.slice(name.length + 1));
    for (const id of readFileSync(join(dir, file), 'utf8').split('\n').filter(Boolean)) pids.set(id, [...(pids.get(id) ?? []), pid]);
  }
  return pids;
}
