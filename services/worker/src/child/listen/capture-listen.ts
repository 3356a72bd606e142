import net from 'node:net';
import { http, https } from '../http/node-http.ts';
import type { HttpServer } from '../http/node-internals.ts';
import { BoundHandle } from './bound-handle.ts';
import { listenElsewhere } from './extra-listen.ts';
import { type ListenWish, readListenArguments } from './listen-arguments.ts';

export interface CaptureOptions {
  /** Ports of the app's bindings. */
  readonly ports: readonly number[];
  /** A server has the binding and has said 'listening'. */
  onBound(server: HttpServer): void;
  /** The app closed the server that had the binding. */
  onUnbound(): void;
  /** A listen got a free loopback port. */
  onExtra(wanted: string, actual: string): void;
}

/**
 * Takes `listen()` of the app's HTTP server, so that the adapter's listener stands in for it. Installed before the app loads.
 *
 * - A listen on a port that a binding names takes the binding. Else the first http.Server does, for as long as no other asks for such a port:
 *   then it moves to a free loopback port like every further listen (metrics, a debugger), because a fixed one would collide in each overlap.
 * - A second listen on a binding's port fails with EADDRINUSE, as it would in Node.
 * - Listens on an open handle or descriptor are left alone.
 */
export class ListenCapture {
  readonly #options: CaptureOptions;
  readonly #listen = net.Server.prototype.listen;
  #server: HttpServer | undefined;
  #wish: ListenWish | undefined;
  /** The server asked for a binding's port by name. */
  #isNamed = false;
  /** The main module has run: who listened first on another port may keep the binding. */
  #isLoaded = false;
  #isTold = false;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  /** The server that has the binding. */
  get server(): HttpServer | undefined {
    return this.#server;
  }

  /** Takes the place of `listen()`; disposing gives it back, for tests. */
  install(): Disposable {
    const capture = this;
    net.Server.prototype.listen = function listen(this: net.Server, ...args: unknown[]) {
      return capture.#onListen(this, args);
    } as typeof net.Server.prototype.listen;
    return {
      [Symbol.dispose]: () => {
        net.Server.prototype.listen = this.#listen;
      },
    };
  }

  /** The main module was evaluated. */
  appLoaded(): void {
    this.#isLoaded = true;
    this.#tell();
  }

  #onListen(server: net.Server, args: unknown[]): net.Server {
    const wish = server.listening ? undefined : readListenArguments(args);
    if (!wish || wish.isOpen) return Reflect.apply(this.#listen, server, args);
    const isNamed = wish.port !== undefined && this.#options.ports.includes(wish.port);
    if (isHttp(server) && wish.port !== undefined) {
      if (isNamed && this.#server && this.#isNamed) return refuse(server, wish);
      if (isNamed || !this.#server) return this.#bind(server, wish, isNamed);
    }
    return listenElsewhere(this.#listen, server, args, wish, this.#options.onExtra);
  }

  #bind(server: HttpServer, wish: ListenWish, isNamed: boolean): HttpServer {
    const before = this.#server;
    const wishBefore = this.#wish;
    const port = isNamed ? (wish.port as number) : (this.#options.ports[0] ?? wish.port ?? 0);
    const handle = new BoundHandle({ host: wish.host, port }, () => this.#unbind(server));
    server._handle = handle;
    this.#server = server;
    this.#wish = wish;
    this.#isNamed = isNamed;
    if (before && wishBefore) this.#moveAway(before, wishBefore);
    if (wish.callback) server.once('listening', wish.callback);
    wish.signal?.addEventListener('abort', () => server.close(), { once: true });
    process.nextTick(() => {
      if (server._handle !== handle) return;
      server.emit('listening');
      this.#tell();
    });
    return server;
  }

  /** A server that had the binding for want of a better one. */
  #moveAway(server: HttpServer, wish: ListenWish): void {
    server._handle = null;
    listenElsewhere(this.#listen, server, [], { ...wish, callback: undefined }, this.#options.onExtra);
  }

  #unbind(server: HttpServer): void {
    if (this.#server !== server) return;
    this.#server = undefined;
    this.#isNamed = false;
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#options.onUnbound();
  }

  #tell(): void {
    const server = this.#server;
    if (this.#isTold || !server?.listening || !(this.#isNamed || this.#isLoaded)) return;
    this.#isTold = true;
    this.#options.onBound(server);
  }
}

const isHttp = (server: net.Server): server is HttpServer =>
  server instanceof http.Server || (server as net.Server) instanceof https.Server;

function refuse(server: net.Server, wish: ListenWish): HttpServer {
  const error = Object.assign(new Error(`listen EADDRINUSE: address already in use ${wish.host ?? '::'}:${wish.port}`), {
    code: 'EADDRINUSE',
    errno: -98,
    syscall: 'listen',
    address: wish.host ?? '::',
    port: wish.port,
  });
  process.nextTick(() => server.emit('error', error));
  return server as HttpServer;
}
