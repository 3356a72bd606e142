import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** What a TCP port hears of its handshakes. */
export interface TlsEvents {
  /** Longest time a handshake may take, ms; 0 = none. */
  readonly handshakeTimeoutMs: () => number;
  /** `raw`: the socket below, which alone can be reset. */
  readonly onSecure: (socket: TLSSocket, raw: Socket) => void;
  /** A handshake did not succeed; its connection is closed. */
  readonly onFault: (client: string, reason: string) => void;
}

/** Ends TLS on connections that a port accepted. */
export interface TlsEnd {
  /** Takes a connection; bytes that were read and put back are the first of its handshake. */
  accept(socket: Socket): void;
  /** Cuts handshakes that are under way. */
  close(): void;
}

/** Makes the end of TLS for one port, with the certificates of the adapter. */
export type OpenTls = (events: TlsEvents) => TlsEnd;
