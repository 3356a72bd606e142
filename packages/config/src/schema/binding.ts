import { findNearest } from '../nearest.ts';
import { written } from './kinds.ts';

/** Where an application is reached. */
export interface Binding {
  /** As written. */
  readonly text: string;
  /** "http", "tcp", "queue", or the name of one of `listenerAdapters`. */
  readonly protocol: string;
  /** https:// or tls://: TLS ends at the adapter. */
  readonly isSecure: boolean;
  /** "*" for any, else a host name or address in lower case, an IPv6 address without brackets. */
  readonly host: string;
  /** 0: it has none. */
  readonly port: number;
  /** Begins with "/"; without a "/" at its end unless it is the root. */
  readonly path: string;
  /** Name of the queue; of queue bindings only. */
  readonly queue?: string | undefined;
}

type Refused = { readonly expects: string; readonly nearest?: string | undefined };

const FORM = 'a binding such as http://*:8080/, https://shop.example/api, tcp://*:9000, tls://*:9443 or queue://orders';
const HOST = '(\\*|\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)';
const HTTP = new RegExp(`^https?://${HOST}(?::(\\d{1,5}))?(/[^\\s?#]*)?$`);
const TCP = new RegExp(`^(?:tcp|tls)://${HOST}:(\\d{1,5})/?$`);
const QUEUE = /^queue:\/\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;
/** Of an adapter that somebody else wrote: what follows the scheme is its business. */
const OTHER = /^([a-z][a-z0-9.+-]{0,31}):\/\/([!-~]{1,1024})$/;
const OTHER_ADDRESS = new RegExp(`^${HOST}:(\\d{1,5})(/.*)?$`);

/** Schemes of our own listeners, with the protocol each belongs to. */
export const SCHEMES: Readonly<Record<string, { readonly protocol: string; readonly isSecure: boolean; readonly port?: number }>> = {
  http: { protocol: 'http', isSecure: false, port: 80 },
  https: { protocol: 'http', isSecure: true, port: 443 },
  tcp: { protocol: 'tcp', isSecure: false },
  tls: { protocol: 'tcp', isSecure: true },
  queue: { protocol: 'queue', isSecure: false },
};

/** Protocols of our own listeners. */
export const PROTOCOLS = ['http', 'tcp', 'queue'] as const;

/**
 * Reads `http://HOST:PORT/PATH`, `https://…`, `tcp://HOST:PORT`, `tls://HOST:PORT`, `queue://NAME`; HOST may be `*`.
 *
 * - Ports of http and https may be left out: 80 and 443.
 * - Any other scheme is a binding of `listenerAdapters`; whether there is such an adapter is not looked at here.
 */
export function parseBinding(value: unknown): { ok: Binding } | { refused: Refused } {
  if (typeof value !== 'string') return { refused: { expects: FORM } };
  const scheme = schemeOf(value);
  const binding = scheme === undefined ? undefined : read(value, scheme);
  return binding ? { ok: binding } : { refused: { expects: FORM, nearest: suggestBinding(value) } };
}

function schemeOf(text: string): string | undefined {
  return /^([a-z0-9.+-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
}

function read(text: string, scheme: string): Binding | undefined {
  const known = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme]! : undefined;
  if (!known) return readOther(text);
  const { protocol, isSecure } = known;
  if (protocol === 'queue') {
    const queue = QUEUE.exec(text)?.[1];
    return queue === undefined ? undefined : { text, protocol, isSecure, host: '*', port: 0, path: '/', queue };
  }
  const match = (protocol === 'http' ? HTTP : TCP).exec(text);
  const port = Number(match?.[2] ?? known.port);
  if (!match || !isPort(port)) return undefined;
  const path = protocol === 'http' ? (match[3] ?? '/').replace(/(?<=.)\/+$/, '') : '/';
  return { text, protocol, isSecure, host: plainHost(match[1]!), port, path };
}

function readOther(text: string): Binding | undefined {
  const [, protocol, rest] = OTHER.exec(text) ?? [];
  if (protocol === undefined || rest === undefined) return undefined;
  const [, host = '*', port = '0', path = '/'] = OTHER_ADDRESS.exec(rest) ?? [];
  if (Number(port) > 65_535) return undefined;
  return { text, protocol, isSecure: false, host: plainHost(host), port: Number(port), path };
}

const isPort = (port: number): boolean => port >= 1 && port <= 65_535;

const plainHost = (host: string): string => host.toLowerCase().replace(/^\[|\]$/g, '');

/** What is served when both name it: two bindings with the same key are a conflict. */
export function bindingKey({ protocol, isSecure, host, port, path, queue, text }: Binding): string {
  if (protocol === 'queue') return `queue://${queue}`;
  if (!PROTOCOLS.some((ours) => ours === protocol)) return text;
  const scheme = Object.keys(SCHEMES).find((name) => SCHEMES[name]!.protocol === protocol && SCHEMES[name]!.isSecure === isSecure);
  return `${scheme}://${host}:${port}${path}`;
}

/** A binding that was probably meant: another scheme, or a port alone. */
export function suggestBinding(text: string, schemes: readonly string[] = Object.keys(SCHEMES)): string | undefined {
  const scheme = schemeOf(text);
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  const meant = scheme === undefined ? 'http' : findNearest(scheme, schemes);
  const fixed = `${meant}://${/^:?\d+$/.test(rest) ? `*:${rest.replace(':', '')}/` : rest}`;
  return meant !== undefined && fixed !== text && read(fixed, meant) ? fixed : undefined;
}

export function binding() {
  return written<Binding>(parseBinding, {
    expects: FORM,
    json: { type: 'string', pattern: '^[a-z][a-z0-9.+-]*://[^\\s]+$', examples: ['http://*:8080/', 'tcp://*:9000', 'queue://orders'] },
  });
}
