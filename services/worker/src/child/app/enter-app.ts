import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Assign } from '../../messages.ts';
import { guardOutput } from './guard-output.ts';
import { packageDirectory } from './package-directory.ts';

/** The entry's file as Node would find it (extension or index file added); undefined when there is none. */
export function resolveEntry(entry: string): string | undefined {
  if (statSync(entry, { throwIfNoEntry: false })?.isFile()) return entry;
  try {
    return createRequire(entry).resolve(entry);
  } catch {
    return undefined;
  }
}

/** Makes the process what the app expects to find: its environment with PORT, its package's directory, its title. */
export function furnishProcess(assign: Assign, entry: string): void {
  Object.assign(process.env, assign.env);
  const port = assign.ports[0];
  if (port !== undefined) process.env.PORT = String(port);
  process.chdir(packageDirectory(entry));
  guardOutput();
  process.title = `baton ${assign.workerId} pool=${assign.pool} gen=${assign.generation}`;
}
