import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { BatonError } from '@baton/core';

/**
 * The absolute path of an app's entry, or of one of its modules, on this host.
 *
 * - Relative entries start at the app root; the app root is also the border of what an order may make this host run, so `..` and absolute
 *   paths that leave it are refused.
 * - Symlinks are followed wherever they point: only the operator of this host can place one inside the app root, and `current -> releases/7` is common.
 * - Missing, or not a file: ENTRY_NOT_FOUND, so that WAS places the worker elsewhere.
 */
export async function resolveEntry(appRoot: string, entry: string, what: 'entry' | 'module' = 'entry'): Promise<string> {
  const path = resolve(appRoot, entry);
  const within = relative(resolve(appRoot), path);
  if (entry === '' || within === '' || within === '..' || within.startsWith(`..${sep}`) || isAbsolute(within)) {
    throw new BatonError('ENTRY_NOT_FOUND', `the ${what} "${entry}" lies outside the app root ${appRoot} of this host`, {
      hint: 'Name a file below --app-root, or start the host with another --app-root',
    });
  }
  const facts = await stat(path).catch((cause: unknown) => {
    throw new BatonError('ENTRY_NOT_FOUND', `the ${what} ${path} does not exist on this host or cannot be read`, { cause });
  });
  if (!facts.isFile()) throw new BatonError('ENTRY_NOT_FOUND', `the ${what} ${path} is not a file`);
  return path;
}
