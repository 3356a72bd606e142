import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory of the nearest package.json above `entry`, else the entry's own. */
export function packageDirectory(entry: string): string {
  const own = dirname(entry);
  for (let directory = own; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (directory === dirname(directory)) return own;
  }
}
