import type { RequestHandler, ResponseStream } from '@baton/channel';
import { ServerGate } from '../service/server-gate.ts';
import { type Closing, NO_READER, type ServerService } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import { enterApp } from './app-scope.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import type { HttpServer } from './node-internals.ts';

/** Gives requests of the channels to an http.Server or https.Server of the app. */
export class AppServer implements ServerService, ExchangeOwner {
  readonly server: HttpServer;
  readonly #tally: Tally;
  readonly #gate: ServerGate<HttpServer>;
  #newest: Exchange | undefined;

  constructor(server: HttpServer, tally: Tally) {
    this.server = server;
    this.#tally = tally;
    this.#gate = new ServerGate(server);
    // Node keeps the list of connections where only its parser can add to it.
    const closeAll = server.closeAllConnections;
    server.closeAllConnections = () => {
      closeAll.call(server);
      this.#destroyAll();
    };
  }

  detach(closing: Closing): void {
    this.#gate.close(closing);
  }

  release(): void {
    this.#gate.release();
  }

  handle(stream: ResponseStream): RequestHandler {
    if (!this.#gate.isOpen) {
      stream.reset('NOT_BEGUN', 'the app listens no more');
      return NO_READER;
    }
    const exchange = new Exchange(this.server, stream, this);
    this.#tally.begin();
    this.#gate.enter();
    exchange.next = this.#newest;
    if (this.#newest) this.#newest.previous = exchange;
    this.#newest = exchange;
    enterApp(exchange.start, exchange, undefined);
    return exchange;
  }

  onClosed(exchange: Exchange): void {
    const { previous, next } = exchange;
    if (previous) previous.next = next;
    else this.#newest = next;
    if (next) next.previous = previous;
    exchange.previous = undefined;
    exchange.next = undefined;
    this.#gate.leave();
    this.#tally.end();
  }

  #destroyAll(): void {
    for (let exchange = this.#newest; exchange; ) {
      const { next } = exchange;
      exchange.socket.destroy();
      exchange = next;
    }
  }
}
