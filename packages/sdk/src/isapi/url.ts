import { pathOf } from '../context/url.ts';
import { HostError } from '../errors/host-error.ts';

/** Decoded path of a request target; one that is not well encoded stays as it came. */
export function decodedPathOf(target: string): string {
  const path = pathOf(target);
  return decode(path) ?? path;
}

/** A plain path as it stands in a URL. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/**
 * A path in its plain form: decoded once, with slashes for backslashes, without "." and "..", without doubled slashes. A query stays as it is.
 *
 * - Throws ERROR_INVALID_PARAMETER for one that is not well encoded, holds NUL, does not begin with a slash or leads above the root.
 */
export function normalizeUrl(url: string): string {
  const end = endOfPath(url, /\?/);
  return normalizePath(url.slice(0, end)) + url.slice(end);
}

/** The plain form of the path alone, without query and fragment: "?" and "#" that stand as %3F and %23 belong to it. Throws as `normalizeUrl` does. */
export const plainPathOf = (url: string): string => normalizePath(url.slice(0, endOfPath(url, /[?#]/)));

/** Before anything is decoded: %3F ends no path. */
function endOfPath(url: string, mark: RegExp): number {
  if (typeof url !== 'string') throw refused(url, 'a URL path');
  const end = url.search(mark);
  return end < 0 ? url.length : end;
}

function normalizePath(path: string): string {
  const decoded = decode(path);
  if (decoded === undefined || decoded.includes('\0')) throw refused(path, 'well encoded bytes (%XX) of UTF-8, none of them NUL');
  const plain = decoded.replaceAll('\\', '/');
  if (!plain.startsWith('/')) throw refused(path, 'a path that begins with a slash');
  return withoutDots(path, plain);
}

function withoutDots(url: string, path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.pop() === undefined) throw refused(url, 'a path that stays below the root');
  }
  const last = segments[segments.length - 1]!;
  const isFolder = kept.length > 0 && (last === '' || last === '.' || last === '..');
  return `/${kept.join('/')}${isFolder ? '/' : ''}`;
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const refused = (url: unknown, expected: string): HostError =>
  new HostError('ERROR_INVALID_PARAMETER', `expected ${expected}, got ${JSON.stringify(url)}`);
