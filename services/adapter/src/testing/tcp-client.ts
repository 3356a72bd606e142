import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '@baton/core';

const PATIENCE_MS = 10_000;

/** A client of plain TCP that says nothing by itself. */
export class TcpClient {
  readonly socket: Socket;
  received = '';
  /** The server's FIN came. */
  isEnded = false;
  isClosed = false;
  /** Code of the error that ended it. */
  error = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
    });
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async connect(port: number): Promise<TcpClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const client = new TcpClient(socket);
    // A server that resets at once may be quicker than the word that it accepted.
    await Promise.race([once(socket, 'connect').catch(() => {}), once(socket, 'close').catch(() => {})]);
    return client;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  async until(text: string): Promise<void> {
    await until(
      () => this.received.includes(text),
      PATIENCE_MS,
      `${JSON.stringify(text)} (received: ${JSON.stringify(this.received.slice(0, 200))})`,
      2,
    );
  }

  async ended(): Promise<void> {
    await until(() => this.isEnded, PATIENCE_MS, 'a FIN of the server', 2);
  }

  /** Waits for the end; an empty string: it was no error. */
  async closed(): Promise<string> {
    await until(() => this.isClosed, PATIENCE_MS, 'the end of the connection', 2);
    return this.error;
  }
}
