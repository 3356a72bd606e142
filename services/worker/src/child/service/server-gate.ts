import type { Server } from 'node:net';
import type { Closing } from './service.ts';

/** The parts of net.Server that count its connections and say its 'close'. */
export interface CountingServer extends Server {
  _connections: number;
  _handle: unknown;
  _emitCloseIfDrained(): void;
}

/**
 * Whether a server of the app takes what comes, from its listen to its end; counts what it has in the counters of net.Server, so that the app's
 * `close(callback)` and `getConnections` mean what they mean in Node.
 */
export class ServerGate<S extends CountingServer> {
  readonly server: S;
  #isOpen = true;
  #isHeld = false;

  constructor(server: S) {
    this.server = server;
  }

  /** The server takes requests: it listens, or still serves what was sent before it was closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** One more. */
  enter(): void {
    this.server._connections++;
  }

  /** One less; the last one after a close lets the server say 'close'. */
  leave(): void {
    const { server } = this;
    server._connections--;
    if (!server._handle) server._emitCloseIfDrained();
  }

  /** The app closed the server. */
  close({ isHeld, serves }: Closing): void {
    this.#isOpen = serves;
    if (!isHeld) return;
    this.#isHeld = true;
    this.server._emitCloseIfDrained = () => {};
  }

  /** Nothing is taken any more, and a 'close' that waited is said. */
  release(): void {
    this.#isOpen = false;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    // what was put over Node's own
    Reflect.deleteProperty(this.server, '_emitCloseIfDrained');
    this.server._emitCloseIfDrained();
  }
}
