import type { RequestHandler, ResponseStream } from '@baton/channel';
import { enterApp } from '../app-scope.ts';
import { ServerGate } from '../service/server-gate.ts';
import { type Closing, NO_READER, type ServerService } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import { type Delivery, Exchange, type ExchangeOwner } from './exchange.ts';
import type { HttpServer } from './node-internals.ts';
import { isUpgradeHead, offerUpgrade, type UpgradeOwner } from './upgrade.ts';

/**
 * A process that leaves goes this long after its last upgraded connection, ms: a library still reads what came before the end, and tells the app of it
 * behind the socket's 'close' (ws unpacks messages, then says its own 'close').
 */
const AFTERMATH_MS = 100;

/** Gives requests of the channels to an http.Server or https.Server of the app. */
export class AppServer implements ServerService, ExchangeOwner {
  readonly server: HttpServer;
  readonly delivery: Delivery | undefined;
  readonly #tally: Tally;
  readonly #gate: ServerGate<HttpServer>;
  #newest: Exchange | undefined;

  /** Upgraded connections count like requests, but `closeAllConnections` leaves them alone, as Node does. */
  readonly #upgrades: UpgradeOwner = {
    opened: () => this.#begin(),
    closed: () => {
      this.#gate.leave();
      setTimeout(() => this.#tally.end(), AFTERMATH_MS);
    },
  };

  constructor(server: HttpServer, tally: Tally, delivery?: Delivery) {
    this.server = server;
    this.delivery = delivery;
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
    let isBodyless = stream.bodyless;
    if (!isBodyless && isUpgradeHead(stream.head)) {
      const handler = offerUpgrade(this.server, stream, this.#upgrades, this.delivery);
      if (handler) return handler;
      isBodyless = true;
    }
    const exchange = new Exchange(this.server, stream, this, isBodyless);
    this.#begin();
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
    this.#end();
  }

  #begin(): void {
    this.#tally.begin();
    this.#gate.enter();
  }

  #end(): void {
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
