import { statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type Config, rewritePaths } from '@baton/config';
import { BatonError } from '@baton/core';

export interface EntryPlace {
  /** Folder of the configuration file. */
  readonly folder: string;
  /** Of the worker hosts. */
  readonly appRoot: string;
  /** Name of the file, for messages. */
  readonly file: string;
}

/**
 * The text of a configuration with its entries and modules as the worker hosts find them, below their app root, and its certificates by absolute
 * paths.
 *
 * - A relative path begins at the file, as every path of the file does; what is not there is looked for below the app root.
 * - ENTRY_NOT_FOUND when it is in neither place, not a file, or outside the app root; the message says file, line and key.
 */
export function placeEntries(text: string, config: Config, place: EntryPlace): string {
  const nameOf = (key: string): string => {
    const index = Number(/^apps\[(\d+)\]/.exec(key)?.[1]);
    return `${key.endsWith('.entry') ? 'the entry' : 'a module'} of app ${config.apps[index]?.name}`;
  };
  return rewritePaths(text, {
    code: (path, { key, line }) => placeEntry(`${place.file}:${line}: ${key}: ${nameOf(key)}`, path, place),
    certificate: (path) => resolve(place.folder, path),
  });
}

function placeEntry(what: string, entry: string, { folder, appRoot }: EntryPlace): string {
  const wanted = resolve(folder, entry);
  const found = [wanted, resolve(appRoot, entry)].find(isFile);
  if (found === undefined) throw missing(what, wanted);
  if (!isBelow(appRoot, found))
    throw new BatonError('ENTRY_NOT_FOUND', `${what} ${found} lies outside the app root ${appRoot}`, {
      hint: 'Run "baton up" with another --app-root',
    });
  return resolve(appRoot, entry) === found ? entry : relative(appRoot, found);
}

/** Whether a path lies in a folder or below it. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** ENTRY_NOT_FOUND unless the path is a file. `what` begins the message. */
export function checkFile(path: string, what: string): void {
  if (!isFile(path)) throw missing(what, path);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function missing(what: string, path: string): BatonError {
  const reason = statSync(path, { throwIfNoEntry: false }) ? 'is not a file' : 'does not exist';
  return new BatonError('ENTRY_NOT_FOUND', `${what} ${path} ${reason}`);
}
