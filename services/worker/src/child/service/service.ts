import type { Server } from 'node:net';
import type { RequestHandler, ResponseStream } from '@baton/channel';

/**
 * Takes the requests of one protocol for one app (docs/channel.md says what a request is, by protocol).
 *
 * How a further one comes in: a file of its own that implements this, and one line where it is made: `app/server-service.ts` for a server that the
 * app lets listen, `app/exported-service.ts` for something that the app's module exports. It tells the worker's `Tally` of each request that
 * it gives to the app and of its end; the idle clock, the counts of `wp list` and the end of a drain follow from that alone.
 */
export interface AppService {
  /**
   * Takes a request, synchronously, and returns the reader of its body. Everything of the app runs inside `enterApp`.
   *
   * - What cannot be taken is reset with NOT_BEGUN and a text for an operator; `NO_READER` is its reader.
   */
  handle(stream: ResponseStream): RequestHandler;
  /** The worker is drained, or its time is over: what comes from now on is given back as not begun, and what was kept for its sake happens. */
  release(): void;
}

/** What the worker is about to do when the app closes a server. */
export interface Closing {
  /** The server's 'close', and so the callback of `close()`, waits for `release`: a request that an adapter has sent already may still come. */
  readonly isHeld: boolean;
  /** Such a request is given to the app, as one on a connection that was accepted before the close; else it is given back as not begun. */
  readonly serves: boolean;
}

/** Stands between the channel and a server that the app lets listen. */
export interface ServerService extends AppService {
  readonly server: Server;
  /** The app closed the server. */
  detach(closing: Closing): void;
}

/** Reads the body of a request that was given back. */
export const NO_READER: RequestHandler = { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
