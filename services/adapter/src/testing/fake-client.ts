import { type Application, DEFAULT_LIMITS, type Limits, PoolCounters, type PoolPlace } from '@baton/adapter-kit';
import { Exchange } from '../forward/exchange.ts';
import type { ExchangeClient } from '../forward/exchange-client.ts';
import { Reply } from '../listener/reply.ts';
import { RequestMessage } from '../listener/request-message.ts';

/** Requests of one client without a socket: what is written to it is thrown away. */
export class FakeClient implements ExchangeClient {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 50_000;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 8080;
  readonly isEncrypted = false;
  readonly keepAliveLines = '';
  /** Requests that ended, and whether the connection broke. */
  readonly ended = new Map<Exchange, boolean>();

  pauseBody(): void {}

  resumeBody(): void {}

  finished(exchange: Exchange, isBroken: boolean): void {
    this.ended.set(exchange, isBroken);
  }

  /** Sends a request without a body to an application of `place`. */
  send(place: PoolPlace, now: () => number, more: { method?: string; isReplaySafe?: boolean; limits?: Partial<Limits> } = {}): Exchange {
    const message = Object.assign(new RequestMessage(), { method: more.method ?? 'GET', target: '/', host: 'shop.example' });
    const output = { write: () => {}, writeChunk: () => true };
    const exchange = new Exchange(this, message, new Reply(message, output), now);
    const app: Application = {
      appKey: 'shop',
      pool: 'shop',
      bindings: [],
      place,
      counters: new PoolCounters(),
      limits: { ...DEFAULT_LIMITS, ...more.limits },
      isTrustingProxy: false,
      hasDiagnosticHeaders: false,
      isReplaySafe: more.isReplaySafe ?? true,
      hasProxyProtocol: false,
      queues: [],
      isBlocked: false,
    };
    exchange.place(app);
    return exchange;
  }
}
