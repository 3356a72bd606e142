import { type Binding, isAddress } from './binding.ts';

/** An address and port to listen on; '' is every address. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/** Identity of a listen address in maps and logs. */
export const listenKey = ({ address, port }: ListenAddress): string => `${address || '*'}:${port}`;

/**
 * Where to listen for a set of bindings: once for every address as soon as one binding of the port is for any host or for a host name,
 * else once for each address named. One port is never opened twice.
 */
export function planListeners(bindings: readonly Binding[]): ListenAddress[] {
  const addresses = new Map<number, Set<string>>();
  for (const { host, port } of bindings) {
    const known = addresses.get(port) ?? new Set<string>();
    known.add(isAddress(host) ? host : '');
    addresses.set(port, known);
  }
  return [...addresses].flatMap(([port, known]) =>
    known.has('') ? [{ address: '', port }] : [...known].map((address) => ({ address, port })),
  );
}
