import type { Socket } from 'node:net';

/** What a connection tells beside its addresses. */
export interface ConnectionFacts {
  /** That of the binding: "tcp", or one of `listenerAdapters` in baton.yaml. */
  readonly protocol: string;
  /** The binding it came to, as in baton.yaml: "tcp://*:9000". */
  readonly binding: string;
  /**
   * What its adapter says of it, by lower-case names.
   *
   * - tcp: `tls-server-name` and `tls-alpn` of one that came in TLS, `proxy-tlv-HH` (base64) of one with a PROXY header.
   */
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * One connection of a client, as the `net.Socket` that `net.createServer` would give: half-close, backpressure, timeouts and the client's address are
 * those of the client's own connection to the adapter. `setNoDelay`, `setKeepAlive`, `ref` and `unref` do nothing.
 */
export type Connection = Socket & ConnectionFacts;

/**
 * What a module may export as `handleConnection`, for bindings of tcp without a server that listens, and of every protocol of `listenerAdapters`.
 *
 * - Called for each connection; the connection lasts until both sides have ended it.
 * - An error it throws, or rejects with, closes the connection and is an uncaught one of the app.
 */
export type HandleConnection = (connection: Connection) => unknown;
