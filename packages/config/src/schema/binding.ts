import { findNearest } from '../nearest.ts';
import { written } from './kinds.ts';

/** Where an application is reached. */
export interface Binding {
  /** As written. */
  readonly text: string;
  readonly protocol: 'http';
  /** "*" for any, else a host name or address in lower case, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Begins with "/"; without a "/" at its end unless it is the root. */
  readonly path: string;
}

const FORM = 'a binding such as http://*:8080/ or http://shop.example:8080/api';
const LATER = ['https', 'tcp', 'queue'];
const HTTP = /^http:\/\/(\*|\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::(\d{1,5}))?(\/[^\s?#]*)?$/;

/** Reads `http://HOST:PORT/PATH`; HOST may be `*`, PORT is 80 when left out. */
export function parseBinding(
  value: unknown,
): { ok: Binding } | { refused: { expects: string; nearest?: string | undefined; notYet?: string } } {
  if (typeof value !== 'string') return { refused: { expects: FORM } };
  const scheme = /^([a-z0-9.+-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme !== undefined && LATER.includes(scheme)) return { refused: { expects: FORM, notYet: `${scheme}://` } };
  const match = HTTP.exec(value);
  const port = Number(match?.[2] ?? 80);
  if (!match || port < 1 || port > 65_535)
    return { refused: { expects: FORM, nearest: match ? undefined : suggestBinding(value, scheme) } };
  const host = match[1]!.toLowerCase().replace(/^\[|\]$/g, '');
  const path = (match[3] ?? '/').replace(/(?<=.)\/+$/, '');
  return { ok: { text: value, protocol: 'http', host, port, path } };
}

/** What is served when both name it: two bindings with the same key are a conflict. */
export function bindingKey(binding: Binding): string {
  return `http://${binding.host}:${binding.port}${binding.path}`;
}

function suggestBinding(value: string, scheme: string | undefined): string | undefined {
  const rest = scheme === undefined ? value : value.slice(scheme.length + 3);
  const protocol = scheme === undefined ? 'http' : findNearest(scheme, ['http']);
  const fixed = `http://${/^:?\d+$/.test(rest) ? `*:${rest.replace(':', '')}/` : rest}`;
  return protocol && HTTP.test(fixed) && fixed !== value ? fixed : undefined;
}

export function binding() {
  return written<Binding>(parseBinding, {
    expects: FORM,
    json: { type: 'string', pattern: '^http://[^\\s?#]+$', examples: ['http://*:8080/'] },
  });
}
