import { isAbsolute, resolve } from 'node:path';
import { HostError } from '../errors/host-error.ts';

/** How files are served. */
export interface StaticOptions {
  /** Folder of the files, absolute. */
  readonly root: string;
  /** What URLs of files begin with: "/assets". @default '/' */
  readonly prefix?: string;
  /** Files that stand for a folder, in order of preference; false = none. @default 'index.html' */
  readonly index?: string | readonly string[] | false;
  /** Endings tried for a name that is not there: "html". @default none */
  readonly extensions?: readonly string[];
  /** Whether names that begin with a dot are served. @default false */
  readonly dotfiles?: boolean;
  /** Cache-Control max-age, ms. @default 0 */
  readonly maxAgeMs?: number;
  /** Adds "immutable" to Cache-Control. @default false */
  readonly immutable?: boolean;
}

/** The same, checked and with what was left out. */
export interface StaticSettings {
  readonly root: string;
  /** Without a slash at its end; '' = all URLs. */
  readonly prefix: string;
  readonly send: {
    readonly root: string;
    readonly index: string[] | false;
    readonly extensions: string[];
    readonly dotfiles: 'allow' | 'ignore';
    readonly maxAge: number;
    readonly immutable: boolean;
  };
}

export function readStaticOptions(options: StaticOptions): StaticSettings {
  const { root, prefix = '/', index = 'index.html' as const, extensions = [], dotfiles = false, maxAgeMs = 0, immutable = false } = options;
  if (typeof root !== 'string' || !isAbsolute(root))
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `staticFiles needs the folder of its files as an absolute path, not ${JSON.stringify(root)}; join(import.meta.dirname, 'public') makes one.`,
    );
  if (!prefix.startsWith('/'))
    throw new HostError('ERROR_INVALID_PARAMETER', `A prefix of URLs begins with "/"; ${JSON.stringify(prefix)} does not.`);
  if (!Number.isFinite(maxAgeMs) || maxAgeMs < 0)
    throw new HostError('ERROR_INVALID_PARAMETER', `maxAgeMs is a number of milliseconds from 0 on, not ${maxAgeMs}.`);
  const folder = resolve(root);
  const settings: StaticSettings = {
    root: folder,
    prefix: prefix.replace(/\/+$/, ''),
    send: {
      root: folder,
      index: index === false ? false : typeof index === 'string' ? [index] : [...index],
      extensions: [...extensions],
      dotfiles: dotfiles ? 'allow' : 'ignore',
      maxAge: maxAgeMs,
      immutable,
    },
  };
  return Object.freeze(settings);
}
