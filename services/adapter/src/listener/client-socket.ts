import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { plainAddress } from '../route/table.ts';
import { ClientWriter } from './client-writer.ts';

/** Bytes kept while no further request may be begun; past that the client has to wait. */
const HELD_BYTES = 65_536;

/** The public socket of a client of HTTP/1.1: who is at its ends, when it is read, what waits of it, and how it is cut. */
export abstract class ClientSocket {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly isEncrypted: boolean;
  protected readonly socket: Socket;
  protected readonly writer: ClientWriter;
  protected isPaused = false;
  /** Bytes behind a request that waits. */
  protected held: Buffer | undefined = undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress ?? '');
    this.localPort = socket.localPort ?? 0;
    this.isEncrypted = socket instanceof TLSSocket;
    this.writer = new ClientWriter(socket);
  }

  /** Response bytes that wait for the client. */
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  /** Cuts the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  protected pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  protected resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.socket.resume();
  }

  /** More behind a request that waits. */
  protected hold(chunk: Buffer): void {
    this.held = this.held ? Buffer.concat([this.held, chunk]) : chunk;
    if (this.held.length > HELD_BYTES) this.pause();
  }

  /** What has waited; from here on the client is read again. */
  protected takeHeld(): Buffer | undefined {
    const { held } = this;
    this.held = undefined;
    if (held) this.resume();
    return held;
  }

  /** Ends the connection at once: behind what was written, or so that its client sees it as broken. */
  protected cut(withReset: boolean): void {
    // In TLS a connection that ends without close_notify is seen as broken.
    if (withReset && this.isEncrypted) this.socket.destroy();
    else if (withReset) this.socket.resetAndDestroy();
    else this.socket.destroySoon();
  }
}
