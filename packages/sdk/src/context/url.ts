/** Path of a request target, without query and fragment; of one in absolute form what is behind the authority (RFC 9112, 3.2.2). */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const part = end < 0 ? target : target.slice(0, end);
  if (part.startsWith('/') || part === '*') return part;
  const authority = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(part);
  return authority ? part.slice(authority[0].length) || '/' : part;
}

/** Query of a request target without its question mark; '' = none. */
export function queryOf(target: string): string {
  const start = target.indexOf('?');
  if (start < 0) return '';
  const end = target.indexOf('#', start);
  return target.slice(start + 1, end < 0 ? undefined : end);
}
