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
  if (typeof url !== 'string') throw refused(url, 'a URL path');
  const at = url.indexOf('?');
  const path = decode(at < 0 ? url : url.slice(0, at));
  if (path === undefined || path.includes('\0')) throw refused(url, 'well encoded bytes (%XX) of UTF-8');
  const plain = path.replaceAll('\\', '/');
  if (!plain.startsWith('/')) throw refused(url, 'a path that begins with a slash');
  return withoutDots(url, plain) + (at < 0 ? '' : url.slice(at));
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
