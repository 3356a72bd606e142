import type { Socket } from 'node:net';
import type { BodyValve } from '@baton/adapter-kit';
import { resetConnection } from '../tls/reset.ts';

/** How long bytes of a client are read and thrown away once everything for it has gone out, so that they do not reset it, ms. */
const LINGER_MS = 2_000;

/** The public socket of a connection: when it is read, what its client has not taken yet, how long nothing went over it, and how it ends. */
export class TcpClientSocket implements BodyValve {
  /** Sent to the client. */
  bytesOut = 0;
  /** Bytes written to the client and not given back as credit. */
  private owed = 0;
  private lastByteAtMs: number;
  /** What the client still sends is for nobody. */
  private isIgnored = false;
  private lingersUntilMs = Number.POSITIVE_INFINITY;
  /** At the last look, while it lingers. */
  private unsent = 0;
  private readonly socket: Socket;
  /** Below TLS; the same where there is none. */
  private readonly raw: Socket;
  private readonly now: () => number;

  constructor(socket: Socket, raw: Socket, now: () => number) {
    this.socket = socket;
    this.raw = raw;
    this.now = now;
    this.lastByteAtMs = now();
  }

  /** A byte goes over it. */
  touch(): void {
    this.lastByteAtMs = this.now();
  }

  /** No byte went either way for so long, ms. */
  quietMs(now: number): number {
    return now - this.lastByteAtMs;
  }

  /** Sends it. False: the client does not take as much now, and it is owed until `takeOwed`. */
  send(chunk: Buffer): boolean {
    this.touch();
    this.bytesOut += chunk.length;
    if (this.socket.write(chunk)) return true;
    this.owed += chunk.length;
    return false;
  }

  /** Everything was taken: how many bytes were owed. */
  takeOwed(): number {
    this.touch();
    const { owed } = this;
    this.owed = 0;
    return owed;
  }

  holdBody(): void {
    this.socket.pause();
  }

  releaseBody(): void {
    if (!this.isIgnored) this.socket.resume();
  }

  /** What the client still sends is read, and thrown away: nobody waits for credit for it. */
  ignore(): void {
    this.isIgnored = true;
    this.socket.resume();
  }

  /** Ends our half behind what was sent. */
  end(): void {
    this.socket.end();
  }

  /** What was sent goes out, then a FIN; late bytes of the client are read for a while so that they do not reset it. */
  linger(): void {
    this.touch();
    this.lingersUntilMs = this.lastByteAtMs + LINGER_MS;
    this.unsent = this.socket.writableLength;
    this.socket.end();
    this.socket.resume();
  }

  /** Ends the lingering when it is time, or when the client takes nothing for so long. */
  sweepLingering(now: number, stallLimitMs: number): void {
    const unsent = this.socket.writableLength;
    if (unsent !== this.unsent) this.lastByteAtMs = now;
    if (unsent > 0) this.lingersUntilMs = now + LINGER_MS;
    if (this.lingersUntilMs <= now || this.quietMs(now) >= stallLimitMs) this.socket.destroy();
    this.unsent = unsent;
  }

  /** Cuts it. */
  reset(): void {
    resetConnection(this.socket, this.raw);
  }
}
