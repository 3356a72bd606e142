import { statSync } from 'node:fs';
import { basename, dirname, extname, relative, resolve } from 'node:path';
import { BatonError } from '@baton/core';

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

/** ENTRY_NOT_FOUND unless the path is a file. `what` begins the message. */
export function checkEntry(path: string, what: string): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile()) return;
  const reason = facts ? 'is not a file' : 'does not exist';
  throw new BatonError('ENTRY_NOT_FOUND', `${what} ${path} ${reason}`);
}

/**
 * The app root of a cluster on this machine: the folder of the file, or the deepest one above it that holds all entries too.
 *
 * - Worker hosts run nothing outside their app root.
 */
export function findAppRoot(folder: string, entries: readonly string[]): string {
  let root = folder;
  while (entries.some((entry) => relative(root, resolve(folder, entry)).startsWith('..'))) root = dirname(root);
  return root;
}
