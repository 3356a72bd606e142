import type { RequestHandler, ResponseStream } from '@baton/channel';
import { enterApp } from './app-scope.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import type { HttpServer } from './node-internals.ts';

/** Told when the first request comes and when the last one is through. */
export interface Activity {
  busy(): void;
  calm(): void;
}

/**
 * Gives requests of the channels to the app's server and keeps count of what it has in flight, in the counters of net.Server, so that the app's
 * `close(callback)`, `getConnections` and `closeAllConnections` mean what they mean in Node.
 */
export class AppServer implements ExchangeOwner {
  readonly #activity: Activity;
  #server: HttpServer | undefined;
  #held: HttpServer | undefined;
  #serves = true;
  #newest: Exchange | undefined;
  #inFlight = 0;
  #served = 0;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  /** Requests that the app has and that have not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests given to the app so far. */
  get requestsServed(): number {
    return this.#served;
  }

  /** The server that gets requests from now on; without one they are given back as not begun. */
  attach(server: HttpServer): void {
    this.#server = server;
    // Node keeps the list of connections where only its parser can add to it.
    const closeAll = server.closeAllConnections;
    server.closeAllConnections = () => {
      closeAll.call(server);
      this.#destroyAll(server);
    };
  }

  /**
   * The app closed the server that got requests.
   *
   * - `isHeld`: its 'close', and so the callback of `close()`, waits for `releaseClose`: a request that an adapter has sent already may still come, and
   *   the app takes the callback for leave to end the process.
   * - `serves`: such a request is given to the app, as one on a connection that was accepted before the close; else it is given back as not begun.
   */
  detach({ isHeld, serves }: { isHeld: boolean; serves: boolean }): void {
    const server = this.#server;
    this.#server = undefined;
    this.#serves = serves;
    if (!server || !isHeld) return;
    server._emitCloseIfDrained = () => {};
    this.#held = server;
  }

  /** The worker is drained, or its time is over: what comes now is given back as not begun. */
  releaseClose(): void {
    const server = this.#held;
    this.#serves = false;
    this.#server = undefined;
    if (!server) return;
    this.#held = undefined;
    // what was put over Node's own
    Reflect.deleteProperty(server, '_emitCloseIfDrained');
    server._emitCloseIfDrained();
  }

  handle(stream: ResponseStream): RequestHandler {
    const server = this.#server ?? (this.#serves ? this.#held : undefined);
    if (!server) {
      stream.reset('NOT_BEGUN', 'the app listens no more');
      return IGNORE;
    }
    const exchange = new Exchange(server, stream, this);
    if (this.#inFlight++ === 0) this.#activity.busy();
    this.#served++;
    server._connections++;
    exchange.next = this.#newest;
    if (this.#newest) this.#newest.previous = exchange;
    this.#newest = exchange;
    enterApp(exchange.start, exchange, undefined);
    return exchange;
  }

  onClosed(exchange: Exchange): void {
    const { previous, next, server } = exchange;
    if (previous) previous.next = next;
    else this.#newest = next;
    if (next) next.previous = previous;
    exchange.previous = undefined;
    exchange.next = undefined;
    server._connections--;
    if (!server._handle) server._emitCloseIfDrained();
    if (--this.#inFlight === 0) this.#activity.calm();
  }

  #destroyAll(server: HttpServer): void {
    for (let exchange = this.#newest; exchange; ) {
      const { next } = exchange;
      if (exchange.server === server) exchange.socket.destroy();
      exchange = next;
    }
  }
}

const IGNORE: RequestHandler = { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
