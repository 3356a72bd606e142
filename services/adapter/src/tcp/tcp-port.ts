import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Application, DEFAULT_LIMITS, deadlineAfter, type Limits } from '@baton/adapter-kit';
import { PublicPort } from '../listener/public-port.ts';
import type { ListenAddress } from '../route/listen-plan.ts';
import { plainAddress } from '../route/table.ts';
import { resetConnection } from '../tls/reset.ts';
import { connectionFacts, type SocketEnds, type TlsFacts } from './connection-facts.ts';
import type { TcpPortContext } from './port-context.ts';
import type { ProxyHeader } from './proxy-header.ts';
import { readProxyFrom } from './proxy-reader.ts';
import type { TcpBinding } from './tcp-binding.ts';
import { TcpConnection } from './tcp-connection.ts';
import type { OpenTls, TlsEnd } from './tls-end.ts';

/** Why a connection never became one of an application; the label `cause` of its metric. */
export type TcpRefusal =
  | 'TOO_MANY_CONNECTIONS'
  | 'PROXY_HEADER_INVALID'
  | 'HEADERS_TIMEOUT'
  | 'TLS_FAILED'
  | 'NO_ROUTE'
  | 'ADAPTER_DRAINING';

/** A connection that was refused before it was anybody's. */
export interface TcpFault {
  readonly client: string;
  readonly code: TcpRefusal;
  readonly reason: string;
}

/** An application and the binding by which it is reached. */
export interface TcpRoute {
  readonly app: Application;
  readonly binding: TcpBinding;
}

export interface TcpPortOptions extends ListenAddress {
  readonly reusePort: boolean;
  readonly isSecure: boolean;
  /** Ends TLS on the connections of a port whose bindings are tls://. */
  readonly openTls: OpenTls;
  readonly now: () => number;
  /** Whose connection it is, by the server name of TLS (empty: none was said) and the address it came in by. */
  readonly route: (port: number, serverName: string, address: string) => TcpRoute | undefined;
  readonly onBegun: (connection: TcpConnection) => void;
  readonly onEnded: (connection: TcpConnection) => void;
  readonly onClosed: () => void;
  readonly onRefused: (fault: TcpFault) => void;
}

/** A connection between accept and its application: its PROXY header or its handshake is not complete. */
interface Newcomer {
  readonly socket: Socket;
  /** For its PROXY header; handshakes have a limit of their own. */
  untilMs: number;
  proxy: ProxyHeader | undefined;
}

/** One public address and port of tcp:// or tls:// bindings, and the connections that came in by it. */
export class TcpPort implements TcpPortContext {
  readonly address: string;
  readonly bindingPort: number;
  readonly isSecure: boolean;
  readonly now: () => number;
  readonly connections = new Set<TcpConnection>();
  isDraining = false;
  accepted = 0;
  limits: Limits = DEFAULT_LIMITS;
  /** Every connection begins with a header of the PROXY protocol, version 2. */
  hasProxyHeader = false;
  private readonly newcomers = new Map<Socket, Newcomer>();
  private readonly listening: PublicPort;
  private readonly tls: TlsEnd | undefined;
  private readonly options: TcpPortOptions;

  constructor(options: TcpPortOptions) {
    this.options = options;
    this.address = options.address;
    this.bindingPort = options.port;
    this.isSecure = options.isSecure;
    this.now = options.now;
    const { address, port, reusePort, now, openTls } = options;
    this.listening = new PublicPort({ address, port, reusePort, now, onConnection: (socket) => this.accept(socket) });
    this.tls = options.isSecure
      ? openTls({
          handshakeTimeoutMs: () => this.limits.headersTimeoutMs,
          onSecure: (socket, raw) => this.secured(socket, raw),
          onFault: (client, reason) => this.refused({ client, code: 'TLS_FAILED', reason }),
        })
      : undefined;
  }

  get port(): number {
    return this.listening.port;
  }

  /** Throws PORT_TAKEN or PORT_DENIED. */
  open(): Promise<void> {
    return this.listening.open();
  }

  stopListening(): void {
    this.listening.stopListening();
  }

  stopListeningWhenQuiet(): Promise<void> {
    return this.listening.stopListeningWhenQuiet();
  }

  /** Connections of applications and those that are not anybody's yet. */
  get connectionCount(): number {
    return this.connections.size + this.newcomers.size;
  }

  sweep(now: number): void {
    for (const { socket, untilMs } of this.newcomers.values()) {
      if (untilMs > now) continue;
      this.forget(socket);
      this.refuse(socket, 'HEADERS_TIMEOUT', `the connection's header was not complete after ${this.limits.headersTimeoutMs} ms`);
    }
    for (const connection of this.connections) connection.sweep(now);
  }

  /** Cuts every connection. */
  destroyConnections(): void {
    for (const socket of [...this.newcomers.keys()]) socket.destroy();
    this.tls?.close();
    for (const connection of [...this.connections]) connection.destroy();
  }

  ended(connection: TcpConnection): void {
    this.options.onEnded(connection);
  }

  closed(connection: TcpConnection): void {
    if (this.connections.delete(connection)) this.options.onClosed();
  }

  // ---- from accept to an application -----------------------------------------------------------------------------

  private accept(socket: Socket): void {
    // Node asks for the addresses once and keeps them, also for after the end.
    void socket.remoteAddress;
    socket.on('error', () => {});
    const { maxConnections, headersTimeoutMs } = this.limits;
    if (maxConnections > 0 && this.connectionCount >= maxConnections) {
      this.refuse(socket, 'TOO_MANY_CONNECTIONS', `${maxConnections} connections are open`);
      return;
    }
    this.accepted++;
    if (!this.hasProxyHeader && !this.tls) {
      this.begin(socket, socket, undefined, undefined);
      return;
    }
    const newcomer: Newcomer = { socket, untilMs: deadlineAfter(this.now(), headersTimeoutMs), proxy: undefined };
    this.newcomers.set(socket, newcomer);
    socket.once('close', () => this.forget(socket));
    if (this.hasProxyHeader) this.readProxy(newcomer);
    else this.secure(newcomer);
  }

  private readProxy(newcomer: Newcomer): void {
    const { socket } = newcomer;
    readProxyFrom(socket, {
      onHeader: (header) => {
        newcomer.proxy = header;
        if (this.tls) this.secure(newcomer);
        else this.begin(socket, socket, header, undefined);
      },
      onFault: (reason, message) => {
        this.forget(socket);
        this.refuse(socket, 'PROXY_HEADER_INVALID', `${reason}: ${message}`);
      },
    });
  }

  private secure(newcomer: Newcomer): void {
    newcomer.untilMs = Number.POSITIVE_INFINITY;
    this.tls!.accept(newcomer.socket);
  }

  private secured(socket: TLSSocket, raw: Socket): void {
    const { alpnProtocol, servername } = socket as TLSSocket & { readonly servername?: string | false };
    const tls: TlsFacts = { serverName: servername || undefined, alpn: alpnProtocol || undefined };
    this.begin(socket, raw, this.newcomers.get(raw)?.proxy, tls);
  }

  private begin(socket: Socket, raw: Socket, proxy: ProxyHeader | undefined, tls: TlsFacts | undefined): void {
    this.forget(raw);
    const ends = endsOf(raw);
    const route = this.options.route(this.bindingPort, tls?.serverName ?? '', ends.localAddress);
    if (!route) {
      this.refuse(socket, 'NO_ROUTE', `${tls?.serverName ?? 'no server name'} on port ${ends.localPort}`, raw);
      return;
    }
    const connection = new TcpConnection(socket, raw, route.binding, connectionFacts(ends, proxy, tls), this);
    this.connections.add(connection);
    this.options.onBegun(connection);
    if (this.isDraining) connection.turnAway(route.app, 'ADAPTER_DRAINING', '');
    else connection.admit(route.app);
  }

  private forget(socket: Socket): void {
    this.newcomers.delete(socket);
    this.options.onClosed();
  }

  /** TCP knows no refusal but a reset. */
  private refuse(socket: Socket, code: TcpRefusal, reason: string, raw = socket): void {
    this.refused({ client: plainAddress(raw.remoteAddress ?? ''), code, reason });
    resetConnection(socket, raw);
  }

  private refused(fault: TcpFault): void {
    this.options.onRefused(fault);
  }
}

const endsOf = (socket: Socket): SocketEnds => ({
  remoteAddress: plainAddress(socket.remoteAddress ?? ''),
  remotePort: socket.remotePort ?? 0,
  localAddress: plainAddress(socket.localAddress ?? ''),
  localPort: socket.localPort ?? 0,
});
