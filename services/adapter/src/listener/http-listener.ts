import type { Socket } from 'node:net';
import { DEFAULT_LIMITS, type Limits } from '@baton/adapter-kit';
import { CODES } from '@baton/core';
import type { Exchange } from '../forward/exchange.ts';
import type { Fault } from '../log/fault-line.ts';
import type { ListenAddress } from '../route/listen-plan.ts';
import { plainAddress } from '../route/table.ts';
import type { TlsContexts } from '../tls/contexts.ts';
import { TlsTerminator } from '../tls/terminator.ts';
import type { ClientConnection } from './client-connection.ts';
import { Connection } from './connection.ts';
import { faultResponse } from './head-fault.ts';
import { Http2Connection } from './http2/http2-connection.ts';
import { keepAliveLines, type PortContext } from './port-context.ts';
import { PublicPort } from './public-port.ts';

export interface HttpListenerOptions extends ListenAddress {
  readonly reusePort: boolean;
  readonly now: () => number;
  /** Certificates for a port that is secure. */
  readonly tls: TlsContexts;
  readonly forward: (exchange: Exchange, listener: HttpListener) => void;
  readonly log: (exchange: Exchange) => void;
  /** Bytes that never became a request were refused. */
  readonly logFault: (fault: Fault) => void;
  readonly onConnectionClosed: () => void;
}

/** One public address and port, and the connections that came in by it. */
export class HttpListener implements PortContext {
  readonly bindingPort: number;
  /** It speaks TLS. */
  readonly isSecure: boolean;
  readonly now: () => number;
  readonly connections = new Set<ClientConnection>();
  readonly faults = new Map<number, number>();
  isDraining = false;
  accepted = 0;
  limits: Limits = DEFAULT_LIMITS;
  keepAliveLines = keepAliveLines(DEFAULT_LIMITS.idleTimeoutMs);
  private readonly publicPort: PublicPort;
  /** Of a secure port. */
  private readonly terminator: TlsTerminator | undefined;
  private readonly options: HttpListenerOptions;

  constructor(options: HttpListenerOptions) {
    this.options = options;
    this.bindingPort = options.port;
    this.isSecure = options.isSecure ?? false;
    this.now = options.now;
    const { address, port, reusePort, now } = options;
    this.publicPort = new PublicPort({ address, port, reusePort, now, onConnection: (socket) => this.accept(socket) });
    this.terminator = options.isSecure
      ? new TlsTerminator({
          contexts: options.tls,
          alpn: ['h2', 'http/1.1'],
          handshakeTimeoutMs: () => this.limits.headersTimeoutMs,
          onSecure: (secured) => this.serve(secured, secured.alpnProtocol === 'h2'),
          onFault: (client, reason) => this.refused({ client, code: 'TLS_FAILED', reason }, false),
        })
      : undefined;
  }

  /** Port it listens on. */
  get port(): number {
    return this.publicPort.port;
  }

  /** Response bytes that wait for their clients. */
  get bufferedBytes(): number {
    let sum = 0;
    for (const connection of this.connections) sum += connection.bufferedBytes;
    return sum;
  }

  setLimits(limits: Limits): void {
    this.limits = limits;
    this.keepAliveLines = keepAliveLines(limits.idleTimeoutMs);
  }

  /** Throws PORT_TAKEN or PORT_DENIED. */
  open(): Promise<void> {
    return this.publicPort.open();
  }

  /** Takes no new connection; those open go on. */
  stopListening(): void {
    this.publicPort.stopListening();
  }

  /** As `stopListening`, once no connection waits to be taken; what comes meanwhile is served, and its connection closed then. */
  stopListeningWhenQuiet(): Promise<void> {
    return this.publicPort.stopListeningWhenQuiet();
  }

  /** Answers with Connection: close from now on, and ends idle connections. */
  drain(): void {
    this.isDraining = true;
    for (const connection of this.connections) connection.drain();
  }

  destroyConnections(): void {
    this.terminator?.close();
    for (const connection of [...this.connections]) connection.destroy();
  }

  sweep(now: number): void {
    for (const connection of this.connections) connection.sweep(now);
  }

  forward(exchange: Exchange): void {
    this.options.forward(exchange, this);
  }

  log(exchange: Exchange): void {
    this.options.log(exchange);
  }

  refused(fault: Fault, isOfRequest: boolean): void {
    const { status } = CODES[fault.code];
    this.faults.set(status, (this.faults.get(status) ?? 0) + 1);
    if (!isOfRequest) this.options.logFault(fault);
  }

  closed(connection: ClientConnection): void {
    if (this.connections.delete(connection)) this.options.onConnectionClosed();
  }

  becameHttp2(connection: ClientConnection, socket: Socket): void {
    this.connections.delete(connection);
    this.serve(socket, true);
  }

  private accept(socket: Socket): void {
    const { maxConnections } = this.limits;
    if (maxConnections > 0 && this.connections.size + (this.terminator?.handshakes ?? 0) >= maxConnections) {
      const client = plainAddress(socket.remoteAddress ?? '');
      this.refused({ client, code: 'TOO_MANY_CONNECTIONS', reason: `${maxConnections} connections are open` }, false);
      socket.on('error', () => {});
      if (!this.terminator) socket.end(faultResponse('TOO_MANY_CONNECTIONS', 'Retry-After: 1\r\nContent-Length: 0\r\n'));
      socket.destroySoon();
      return;
    }
    this.accepted++;
    if (this.terminator) this.terminator.accept(socket);
    else this.serve(socket, false);
  }

  private serve(socket: Socket, isHttp2: boolean): void {
    const connection = isHttp2 ? new Http2Connection(socket, this) : new Connection(socket, this);
    this.connections.add(connection);
    if (this.isDraining) connection.drain();
  }
}
