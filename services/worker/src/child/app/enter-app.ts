import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { keepStringsFast } from '@baton/core';
import type { Assign, AssignedApp } from '../../messages.ts';
import { packageDirectory } from '../package-directory.ts';
import { guardOutput } from './guard-output.ts';

/** The entry's file as Node would find it (extension or index file added); undefined when there is none. */
function resolveEntry(entry: string): string | undefined {
  if (statSync(entry, { throwIfNoEntry: false })?.isFile()) return entry;
  try {
    return createRequire(entry).resolve(entry);
  } catch {
    return undefined;
  }
}

/** The files of all entries, in order, or the first entry that is none. */
export function resolveEntries({ apps }: Assign): readonly string[] | string {
  const files: string[] = [];
  for (const { entry } of apps) {
    const file = resolveEntry(entry);
    if (!file) return entry;
    files.push(file);
  }
  return files;
}

/** Makes the process what its apps expect to find: the pool's environment, the package directory of the main module, a title. */
export function furnishProcess(assign: Assign, entry: string): void {
  Object.assign(process.env, assign.env);
  process.chdir(packageDirectory(entry));
  guardOutput();
  // An app that loads ioredis would make the strings of every request slow.
  keepStringsFast();
  process.title = `baton ${assign.workerId} pool=${assign.pool} gen=${assign.generation}`;
}

/** PORT is the app's own while its entry runs: that of its first http binding, else of its first tcp binding. */
export function setPort({ ports, tcpPorts }: AssignedApp): void {
  const port = ports[0] ?? tcpPorts[0];
  if (port !== undefined) process.env.PORT = String(port);
}
