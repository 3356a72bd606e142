import { HOST } from './bytes.ts';

const SLASH = 0x2f;

/** Whether a request target has a form that is served: origin-form, "*", or absolute-form with http or https and no user information. */
export function isTargetValid(target: string): boolean {
  if (target.charCodeAt(0) === SLASH || target === '*') return true;
  return authorityOf(target) !== undefined;
}

/** Authority of an absolute-form target; undefined when it has none or is another form. */
export function authorityOf(target: string): string | undefined {
  const scheme = /^https?:\/\//i.exec(target)?.[0];
  if (!scheme) return undefined;
  const rest = target.slice(scheme.length);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  return authority !== '' && isHostValid(authority) ? authority : undefined;
}

/** Path of a target, without query and fragment; what routing looks at. */
export function pathOf(target: string): string {
  let path = target;
  if (target.charCodeAt(0) !== SLASH) {
    if (target === '*') return '/';
    const slash = target.indexOf('/', target.indexOf('://') + 3);
    path = slash < 0 ? '/' : target.slice(slash);
  }
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === 0x3f || code === 0x23) return i === 0 ? '/' : path.slice(0, i);
  }
  return path;
}

/** Whether a Host value holds only what an authority may hold; the empty value is allowed (RFC 9112, 3.2). */
export function isHostValid(host: string): boolean {
  for (let i = 0; i < host.length; i++) if (HOST[host.charCodeAt(i)] !== 1) return false;
  return true;
}
