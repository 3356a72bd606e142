import type { Socket } from 'node:net';
import type { Limits } from '@baton/adapter-kit';
import type { Exchange } from '../forward/exchange.ts';
import type { Fault } from '../log/fault-line.ts';
import type { ClientConnection } from './client-connection.ts';

/** What a connection needs of the listener it came in by. */
export interface PortContext {
  /** Port of the bindings it serves; 0 when any free port was asked for. */
  readonly bindingPort: number;
  /** The most that any application of the port allows. */
  readonly limits: Limits;
  /** Connection and Keep-Alive lines, as node:http writes them. */
  readonly keepAliveLines: string;
  readonly isDraining: boolean;
  readonly now: () => number;
  /** The request path (pipeline.ts). */
  forward(exchange: Exchange): void;
  /** A request has ended, whichever way. */
  log(exchange: Exchange): void;
  /** Bytes were refused; `isOfRequest`: they are a request's, whose own line says so. */
  refused(fault: Fault, isOfRequest: boolean): void;
  closed(connection: ClientConnection): void;
  /** A connection began with the preface of HTTP/2, which was put back: it is one of those from now on. */
  becameHttp2(connection: ClientConnection, socket: Socket): void;
}

/** Connection and Keep-Alive lines of a response after which the connection stays. */
export function keepAliveLines(idleTimeoutMs: number): string {
  const timeout = idleTimeoutMs > 0 ? `Keep-Alive: timeout=${Math.max(1, Math.floor(idleTimeoutMs / 1000))}\r\n` : '';
  return `Connection: keep-alive\r\n${timeout}`;
}
