import { isIP } from 'node:net';
import { BatonError } from '@baton/core';

/** One HTTP binding of an application: where it is reached. */
export interface Binding {
  /** "*": any host; an address: only requests that arrived at it; else a host name, lower case. */
  readonly host: string;
  readonly port: number;
  /** Path prefix that ends with a slash. */
  readonly path: string;
  /** https. @default false */
  readonly isSecure?: boolean;
}

const FORM = /^http(s?):\/\/(\*|\[[^\]]+\]|[^:/]+)(?::(\d{1,5}))?(\/[^?#]*)?$/i;

/** Reads "http://host:port/path" or the same with https. Throws CONFIG_INVALID; bindings of other protocols are for their own listeners and refused here. */
export function parseBinding(text: string): Binding {
  const match = FORM.exec(text);
  const isSecure = match?.[1] !== '';
  const port = Number(match?.[3] ?? (isSecure ? 443 : 80));
  if (!match || port > 65_535) throw new BatonError('CONFIG_INVALID', `expected a binding like "http://*:8080/", got "${text}"`);
  const host = match[2]!.toLowerCase().replace(/^\[|\]$/g, '');
  const path = match[4] ?? '/';
  return { host, port, path: path.endsWith('/') ? path : `${path}/`, ...(isSecure ? { isSecure } : {}) };
}

/** Whether a binding is served by this listener. */
export function isHttpBinding(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Whether a binding's host is an address of this machine rather than a name. */
export function isAddress(host: string): boolean {
  return isIP(host) !== 0;
}
