import type { AddressInfo, Server } from 'node:net';
import type { ListenWish } from './listen-arguments.ts';

/** Lets a server listen on a free loopback port, whatever it asked for, and says where once it does. */
export function listenElsewhere<S extends Server>(
  listen: Server['listen'],
  server: S,
  args: readonly unknown[],
  wish: ListenWish,
  onExtra: (wanted: string, actual: string) => void,
): S {
  server.once('listening', () => {
    const { address, port } = server.address() as AddressInfo;
    onExtra(wish.text, `${address.includes(':') ? `[${address}]` : address}:${port}`);
  });
  // An ephemeral port collides with nothing: it stays as it was asked for.
  if (wish.port === 0 && args.length > 0) return Reflect.apply(listen, server, args) as S;
  const options = { port: 0, host: '127.0.0.1', ...(wish.signal ? { signal: wish.signal } : {}) };
  return Reflect.apply(listen, server, wish.callback ? [options, wish.callback] : [options]) as S;
}
