import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of the repository, from wherever this file is compiled to. */
export function findRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package-lock.json'))) folder = dirname(folder);
  return folder;
}
