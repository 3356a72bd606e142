import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How often each id was begun, by what the app's processes wrote down. */
export function readLedgers(dir: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of readdirSync(dir).filter((file) => file.startsWith('ledger-'))) {
    for (const id of readFileSync(join(dir, name), 'utf8').split('\n')) if (id !== '') counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
