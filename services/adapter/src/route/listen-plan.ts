import { type Binding, isAddress } from './binding.ts';

/** An address and port to listen on; '' is every address. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
  /** It speaks TLS. @default false */
  readonly isSecure?: boolean;
}

/** Identity of a listen address in maps and logs. */
export const listenKey = ({ address, port, isSecure }: ListenAddress): string => `${isSecure ? 'tls:' : ''}${address || '*'}:${port}`;

/**
 * Where to listen for a set of bindings: once for every address as soon as one binding of the port is for any host or for a host name,
 * else once for each address named. One port is never opened twice; it speaks TLS when one of its bindings does (baton.yaml allows no mixture).
 */
export function planListeners(bindings: readonly Binding[]): ListenAddress[] {
  const addresses = new Map<number, Set<string>>();
  const secure = new Set<number>();
  for (const { host, port, isSecure } of bindings) {
    if (isSecure) secure.add(port);
    const known = addresses.get(port) ?? new Set<string>();
    known.add(isAddress(host) ? host : '');
    addresses.set(port, known);
  }
  return [...addresses].flatMap(([port, known]) =>
    (known.has('') ? [''] : [...known]).map((address) => ({ address, port, ...(secure.has(port) ? { isSecure: true } : {}) })),
  );
}
