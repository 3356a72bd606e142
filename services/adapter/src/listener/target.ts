import { isIPv6 } from 'node:net';
import { COLON, HEX, REG_NAME } from './bytes.ts';

const SLASH = 0x2f;
const PERCENT = 0x25;
const LEFT_BRACKET = 0x5b;
/** An address of a version that nobody has defined yet (RFC 3986, 3.2.2). */
const FUTURE = /^v[0-9a-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+$/i;

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
  // Unlike in Host, the name may not be empty here (RFC 9110, 4.2.1).
  return authority !== '' && authority.charCodeAt(0) !== COLON && isHostValid(authority) ? authority : undefined;
}

/** Path of a target, without query and fragment; what routing looks at. */
export function pathOf(target: string): string {
  let path = target;
  if (target.charCodeAt(0) !== SLASH) {
    if (target === '*') return '/';
    path = target.slice(target.indexOf('://') + 3);
    const end = path.search(/[/?#]/);
    path = end < 0 ? '/' : path.slice(end);
  }
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === 0x3f || code === 0x23) return i === 0 ? '/' : path.slice(0, i);
  }
  return path;
}

/** Whether a Host value is `uri-host [":" port]` (RFC 9110, 7.2; RFC 3986, 3.2.2); the empty value is allowed (RFC 9112, 3.2). */
export function isHostValid(host: string): boolean {
  let at = 0;
  if (host.charCodeAt(0) === LEFT_BRACKET) {
    at = host.indexOf(']') + 1;
    if (at === 0 || !isLiteralValid(host.slice(1, at - 1))) return false;
    if (at < host.length && host.charCodeAt(at) !== COLON) return false;
  }
  for (; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code === COLON) return isPortValid(host, at + 1);
    if (code === PERCENT) {
      if (HEX[host.charCodeAt(at + 1)] === 255 || HEX[host.charCodeAt(at + 2)] === 255 || at + 2 >= host.length) return false;
      at += 2;
    } else if (REG_NAME[code] !== 1) return false;
  }
  return true;
}

const isLiteralValid = (literal: string): boolean => (isIPv6(literal) && !literal.includes('%')) || FUTURE.test(literal);

function isPortValid(host: string, from: number): boolean {
  for (let at = from; at < host.length; at++) {
    const digit = host.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}
