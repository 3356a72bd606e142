import { basename, dirname, extname, resolve } from 'node:path';
import { isBelow } from '../../cluster/place-entries.ts';

/** The configuration of `baton up APP`: one pool and one app named after the file, on one port. */
export function writeAppConfig(entry: string, port: number): string {
  const name = JSON.stringify(nameAfter(entry));
  return `apiVersion: baton/v1
pools:
  - name: ${name}
apps:
  - name: ${name}
    pool: ${name}
    entry: ${JSON.stringify(entry)}
    bindings: ["http://*:${port}/"]
`;
}

/** The file's name without its extension, as the name of a pool. */
function nameAfter(entry: string): string {
  const base = basename(entry, extname(entry));
  const name = base
    .replace(/[^\p{L}\p{N} ._-]+/gu, '-')
    .slice(0, 64)
    .trim();
  return /[^.]/.test(name) ? name : 'app';
}

/**
 * The app root of a cluster on this machine: the folder of the file, or the deepest one above it that holds all entries too.
 *
 * - Worker hosts run nothing outside their app root.
 */
export function findAppRoot(folder: string, entries: readonly string[]): string {
  let root = folder;
  while (!entries.every((entry) => isBelow(root, resolve(folder, entry)))) root = dirname(root);
  return root;
}
