import { connect, type Socket } from 'node:net';
import { until } from '@baton/core';

/** A client that writes bytes and sees bytes; nothing between it and the socket. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  /** Everything received so far, latin-1. */
  received = '';
  hasEnded = false;
  errorCode: string | undefined = undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
    });
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code;
    });
    socket.on('close', () => {
      this.hasEnded = true;
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    return this;
  }

  /** GET of a path with Host. */
  get(path = '/', lines = ''): this {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${lines}\r\n`);
  }

  /** Waits until what was received matches. */
  async until(pattern: RegExp): Promise<string> {
    await until(() => pattern.test(this.received), 5_000, `${pattern} in ${JSON.stringify(this.received)}`, 2);
    return this.received;
  }

  /** Waits for the server's end of the connection; returns everything received. */
  async ended(limitMs = 5_000): Promise<string> {
    await until(() => this.hasEnded, limitMs, `the end of the connection after ${JSON.stringify(this.received.slice(0, 400))}`, 2);
    return this.received;
  }

  /** Takes what was received so far out of `received`. */
  take(): string {
    const text = this.received;
    this.received = '';
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }
}
