import type { RequestHandler, RequestHead, ResponseStream } from '@baton/channel';
import { isUpgradeHead } from '../http/upgrade.ts';
import { type CountingServer, ServerGate } from '../service/server-gate.ts';
import { type Closing, NO_READER, type ServerService } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import { AppSession } from './app-session.ts';
import { Http2Exchange, type Http2ExchangeOwner } from './http2-exchange.ts';

/** Clients that an app may see at once each with a session of its own; past this, one that has nothing to do goes. */
const MAX_SESSIONS = 1_000;

/**
 * Gives requests of the channels to a server of node:http2 of the app: that of http2.createServer or createSecureServer, and with it those of gRPC.
 *
 * - Clients of HTTP/1.1 reach it too: the adapter's listener speaks what its client speaks, the app what it speaks.
 */
export class Http2AppServer implements ServerService, Http2ExchangeOwner {
  readonly server: CountingServer;
  readonly #tally: Tally;
  readonly #gate: ServerGate<CountingServer>;
  readonly #isSecure: boolean;
  /** By the client's connection, the one used last at the end. */
  readonly #sessions = new Map<string, AppSession>();

  constructor(server: CountingServer, tally: Tally) {
    this.server = server;
    this.#tally = tally;
    this.#gate = new ServerGate(server);
    this.#isSecure = 'setSecureContext' in server;
  }

  detach(closing: Closing): void {
    this.#gate.close(closing);
  }

  release(): void {
    this.#gate.release();
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  handle(stream: ResponseStream): RequestHandler {
    if (!this.#gate.isOpen) {
      stream.reset('NOT_BEGUN', 'the app listens no more');
      return NO_READER;
    }
    const session = this.#sessionOf(stream.head);
    // An upgrade of HTTP/1.1 means nothing to HTTP/2: the request is answered as if it had not asked for one.
    const isBodyless = stream.bodyless || isUpgradeHead(stream.head);
    let exchange: Http2Exchange;
    try {
      exchange = new Http2Exchange(session, stream, isBodyless, this);
    } catch (error) {
      // The head is a client's: it must not end the worker.
      stream.reset('APP_ABORTED', `the request cannot be sent in HTTP/2: ${(error as Error).message}`);
      return NO_READER;
    }
    session.begin();
    this.#tally.begin();
    this.#gate.enter();
    return exchange;
  }

  onClosed({ session }: Http2Exchange): void {
    session.end();
    this.#gate.leave();
    this.#tally.end();
  }

  #sessionOf(head: RequestHead): AppSession {
    const key = `${head.remoteAddress} ${head.remotePort} ${head.localPort}`;
    const known = this.#sessions.get(key);
    if (known?.isOpen) return known;
    this.#sessions.delete(key);
    if (this.#sessions.size >= MAX_SESSIONS) this.#makeRoom();
    const session = new AppSession(this.server, this.#isSecure, head);
    this.#sessions.set(key, session);
    session.client.once('close', () => {
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
    });
    return session;
  }

  #makeRoom(): void {
    for (const [key, session] of this.#sessions) {
      if (session.active > 0) continue;
      this.#sessions.delete(key);
      session.close();
      return;
    }
  }
}
