import type { TcpConnection } from './tcp-connection.ts';

/** What a connection needs of the port it came in by. */
export interface TcpPortContext {
  readonly now: () => number;
  /** The connection's work is over; its socket may still be open. Called once. */
  ended(connection: TcpConnection): void;
  /** Its socket is closed. */
  closed(connection: TcpConnection): void;
}
