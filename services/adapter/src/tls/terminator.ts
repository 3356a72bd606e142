import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { plainAddress } from '../route/table.ts';
import { MIN_VERSION } from './certificate.ts';
import type { TlsContexts } from './contexts.ts';

/** Longest time that Node's timers know, ms. */
const NEVER_MS = 2 ** 31 - 1;

export interface TlsTerminatorOptions {
  readonly contexts: TlsContexts;
  /** Protocols offered, the preferred first; a client that offers others only is refused (RFC 7301). Empty: none is agreed on. */
  readonly alpn: readonly string[];
  /** The end of the client's half does not end the other. @default false */
  readonly allowHalfOpen?: boolean;
  /** Longest time a handshake may take, ms; 0 = none. */
  readonly handshakeTimeoutMs: () => number;
  /** `raw`: the connection below; it can be reset, which a TLSSocket cannot. */
  readonly onSecure: (socket: TLSSocket, raw: Socket) => void;
  /** A handshake did not succeed; its connection is closed. */
  readonly onFault: (client: string, reason: string) => void;
}

/** Ends TLS on connections that a listener accepted. Node's tls.Server does the handshakes; it never listens itself. */
export class TlsTerminator {
  /** Connections whose handshake is not complete. */
  get handshakes(): number {
    return this.pending.size;
  }
  private readonly pending = new Set<Socket>();
  private readonly options: TlsTerminatorOptions;
  private server: Server | undefined = undefined;
  private limitMs = -1;
  private unfollow: () => void = () => {};

  constructor(options: TlsTerminatorOptions) {
    this.options = options;
  }

  /** Takes a connection of which nothing was read, or whose first bytes were put back. */
  accept(socket: Socket): void {
    // Node asks for the address once and keeps it, also for after the end.
    void socket.remoteAddress;
    this.pending.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.pending.delete(socket));
    // Node's TLS takes it from here. A client that leaves in the midst of its handshake is gone: half open, nobody would hear of its end.
    socket.allowHalfOpen = false;
    this.serverOf(this.options.handshakeTimeoutMs()).emit('connection', socket);
  }

  /** A server knows one limit for its whole life. */
  private serverOf(limitMs: number): Server {
    if (this.server && this.limitMs === limitMs) return this.server;
    this.unfollow();
    const server = this.open(limitMs > 0 ? limitMs : NEVER_MS);
    this.unfollow = this.options.contexts.follow(server);
    this.server = server;
    this.limitMs = limitMs;
    return server;
  }

  private open(handshakeTimeout: number): Server {
    const { contexts, alpn, allowHalfOpen = false, onSecure, onFault } = this.options;
    const server = createServer({
      ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
      minVersion: MIN_VERSION,
      handshakeTimeout,
      SNICallback: (name, done) => {
        const context = contexts.find(name);
        if (context) done(null, context);
        else done(new Error(`no certificate is for ${JSON.stringify(name.slice(0, 255))}`));
      },
    });
    server.on('secureConnection', (socket) => {
      const raw = rawOf(socket);
      if (raw) this.pending.delete(raw);
      socket.allowHalfOpen = allowHalfOpen;
      onSecure(socket, raw ?? socket);
    });
    server.on('tlsClientError', (error, socket) => {
      socket.on('error', () => {});
      socket.destroy();
      onFault(plainAddress(rawOf(socket)?.remoteAddress ?? ''), error.message);
    });
    return server;
  }

  /** Cuts handshakes that are under way. */
  close(): void {
    this.unfollow();
    for (const socket of this.pending) socket.destroy();
  }
}

/** The socket below: Node keeps it there, and nowhere that is documented. */
const rawOf = (socket: TLSSocket): Socket | undefined => (socket as unknown as { _parent?: Socket })._parent;
