import net from 'node:net';
import type { CountingServer } from '../service/server-gate.ts';
import type { Claims } from './claims.ts';
import { listenElsewhere } from './extra-listen.ts';
import { type ListenWish, readListenArguments } from './listen-arguments.ts';

/** The bindings of one app. */
export interface Claimant {
  readonly claims: readonly Claims[];
  /** Another instance has its bindings: what it listens on now is served by nobody. */
  readonly isReplaced?: boolean;
  /** It has failed to take the place of another instance: what it listens on now takes its own bindings, and is closed. */
  readonly isDropped?: boolean;
}

export interface CaptureOptions {
  /** In the order of their entries. */
  readonly apps: readonly Claimant[];
  /** The app that calls; undefined: it cannot be told. */
  current(): Claimant | undefined;
  /** A listen got a free loopback port. */
  onExtra(wanted: string, actual: string): void;
}

/**
 * Takes `listen()` of the apps' servers, so that the adapter's listeners stand in for them. Installed before the apps load.
 *
 * - A listen on a port that a binding names takes the binding (`Claims`): of the app that calls, else of whichever has it. Else the calling app's
 *   first server of the kind does. Every further listen (metrics, a debugger) moves to a free loopback port, because a fixed one would collide in each overlap.
 * - A second listen on a binding's port fails with EADDRINUSE, as it would in Node.
 * - What an app listens on after another instance has taken its place gets such a port too. One that has failed to take a place gets only its own
 *   bindings, whatever others have.
 * - Listens on an open handle or descriptor are left alone.
 */
export class ListenCapture {
  readonly #options: CaptureOptions;
  readonly #listen = net.Server.prototype.listen;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  /** Takes the place of `listen()`; disposing gives it back, for tests. */
  install(): Disposable {
    const capture = this;
    net.Server.prototype.listen = function listen(this: net.Server, ...args: unknown[]) {
      return capture.#onListen(this as CountingServer, args);
    } as typeof net.Server.prototype.listen;
    return {
      [Symbol.dispose]: () => {
        net.Server.prototype.listen = this.#listen;
      },
    };
  }

  #onListen(server: CountingServer, args: unknown[]): net.Server {
    const wish = server.listening ? undefined : readListenArguments(args);
    if (!wish || wish.isOpen) return Reflect.apply(this.#listen, server, args);
    const { port } = wish;
    if (port !== undefined && !this.#options.current()?.isReplaced) {
      const named = this.#named(server, port);
      if (named?.isTaken(port)) return refuse(server, wish);
      const claims = named ?? this.#options.current()?.claims.find((found) => found.suits(server));
      if (claims) return this.#bind(claims, server, wish, named !== undefined);
    }
    return listenElsewhere(this.#listen, server, args, wish, this.#options.onExtra);
  }

  #named(server: net.Server, port: number): Claims | undefined {
    const { apps, current } = this.#options;
    const own = current();
    const others = own?.isDropped ? [] : apps;
    for (const app of own ? [own, ...others] : others) {
      const found = app.claims.find((claims) => claims.names(server, port));
      if (found) return found;
    }
    return undefined;
  }

  #bind(claims: Claims, server: CountingServer, wish: ListenWish, isNamed: boolean): net.Server {
    const before = claims.bind(server, wish, isNamed);
    if (before) listenElsewhere(this.#listen, before.server, [], { ...before.wish, callback: undefined }, this.#options.onExtra);
    return server;
  }
}

function refuse(server: net.Server, wish: ListenWish): net.Server {
  const error = Object.assign(new Error(`listen EADDRINUSE: address already in use ${wish.host ?? '::'}:${wish.port}`), {
    code: 'EADDRINUSE',
    errno: -98,
    syscall: 'listen',
    address: wish.host ?? '::',
    port: wish.port,
  });
  process.nextTick(() => server.emit('error', error));
  return server;
}
