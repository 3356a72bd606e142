import type { Server } from 'node:net';
import type { CountingServer } from '../service/server-gate.ts';
import { BoundHandle } from './bound-handle.ts';
import type { ListenWish } from './listen-arguments.ts';
import { type ServerKind, serverKind } from './server-kind.ts';

/** Kinds of server that `app/server-service.ts` serves over HTTP bindings. */
const HTTP_KINDS: readonly ServerKind[] = ['http', 'http2'];
const BYTE_KINDS: readonly ServerKind[] = ['bytes'];

export interface ClaimEvents {
  /** A server has the binding of `port` and has said 'listening'. */
  onBound(server: Server, port: number): void;
  /** The app closed a server that was told as bound. */
  onUnbound(server: Server): void;
  /** A server that was told as bound had the binding for want of a better one, and listens elsewhere from now on. */
  onMoved(server: Server, port: number): void;
}

interface Claim {
  readonly server: CountingServer;
  readonly wish: ListenWish;
  readonly port: number;
  /** It asked for the port by its number. */
  readonly isNamed: boolean;
  isTold: boolean;
}

/**
 * Which server of one app has which of its bindings of one protocol.
 *
 * - A listen on a port that a binding names takes the binding. Else the first server of the kind does, for as long as no other asks for such a port.
 * - http takes servers of HTTP; tcp takes by name every server, for all of them read bytes, and else those that speak no HTTP.
 */
export class Claims {
  readonly protocol: 'http' | 'tcp';
  readonly ports: readonly number[];
  readonly #events: ClaimEvents;
  readonly #claims = new Map<number, Claim>();
  /** The main module has run: who listened first on another port may keep the binding. */
  #isLoaded = false;

  constructor(protocol: 'http' | 'tcp', ports: readonly number[], events: ClaimEvents) {
    this.protocol = protocol;
    this.ports = ports;
    this.#events = events;
  }

  /** A server has a binding. */
  get isClaimed(): boolean {
    return this.#claims.size > 0;
  }

  /** A server has each of them by name: no other can come. */
  get isComplete(): boolean {
    return this.ports.length > 0 && this.ports.every((port) => this.isTaken(port));
  }

  /** The main module was evaluated. */
  appLoaded(): void {
    this.#isLoaded = true;
    for (const claim of this.#claims.values()) this.#tell(claim);
  }

  /** A listen on `port` is for one of these bindings. */
  names(server: Server, port: number): boolean {
    return this.ports.includes(port) && (this.protocol === 'tcp' || HTTP_KINDS.includes(serverKind(server)));
  }

  /** A listen on any port may have the binding, as nobody has it yet. */
  suits(server: Server): boolean {
    return !this.isClaimed && (this.protocol === 'tcp' ? BYTE_KINDS : HTTP_KINDS).includes(serverKind(server));
  }

  /** A server that asked for it by name has the port. */
  isTaken(port: number): boolean {
    return this.#claims.get(port)?.isNamed === true;
  }

  /** Lets `server` listen without a socket. Returns who had the binding for want of a better one, and must listen elsewhere now. */
  bind(server: CountingServer, wish: ListenWish, isNamed: boolean): Claim | undefined {
    const before = isNamed ? this.#takeUnnamed() : undefined;
    const port = isNamed ? (wish.port as number) : (this.ports[0] ?? wish.port ?? 0);
    const claim: Claim = { server, wish, port, isNamed, isTold: false };
    const handle = new BoundHandle({ host: wish.host, port }, () => this.#unbind(claim));
    server._handle = handle;
    this.#claims.set(port, claim);
    if (wish.callback) server.once('listening', wish.callback);
    wish.signal?.addEventListener('abort', () => server.close(), { once: true });
    process.nextTick(() => {
      if (server._handle !== handle) return;
      server.emit('listening');
      this.#tell(claim);
    });
    return before;
  }

  #takeUnnamed(): Claim | undefined {
    for (const claim of this.#claims.values()) {
      if (claim.isNamed) continue;
      this.#claims.delete(claim.port);
      claim.server._handle = null;
      if (claim.isTold) this.#events.onMoved(claim.server, claim.port);
      return claim;
    }
    return undefined;
  }

  #unbind(claim: Claim): void {
    if (this.#claims.get(claim.port) !== claim) return;
    this.#claims.delete(claim.port);
    if (claim.isTold) this.#events.onUnbound(claim.server);
  }

  #tell(claim: Claim): void {
    if (claim.isTold || !claim.server.listening || !(claim.isNamed || this.#isLoaded)) return;
    claim.isTold = true;
    this.#events.onBound(claim.server, claim.port);
  }
}
