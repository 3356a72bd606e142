import type { Exchange } from './exchange.ts';
import type { ClientAddress } from './open-head.ts';

/** What an exchange needs of the client's connection. */
export interface ExchangeClient extends ClientAddress {
  /** Connection and Keep-Alive lines for a connection that stays. */
  readonly keepAliveLines: string;
  /** Stops and continues reading the client's bytes. */
  pauseBody(exchange: Exchange): void;
  resumeBody(exchange: Exchange): void;
  /** The response is complete, or `isBroken`: the client must see that it is not. Called once. */
  finished(exchange: Exchange, isBroken: boolean): void;
}
