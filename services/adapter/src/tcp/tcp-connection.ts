import type { Socket } from 'node:net';
import type { ResetCause } from '@baton/channel';
import { TcpClientSocket } from './client-socket.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { TcpPortContext } from './port-context.ts';
import type { TcpBinding } from './tcp-binding.ts';
import { TcpWork } from './tcp-work.ts';

/** A client that takes nothing of what was written last is given up after this time where there is no idleTimeout, ms. */
const STALL_LIMIT_MS = 120_000;

/** An app that was told the end of a connection and says nothing for so long is not waited for any more, ms. */
const CLOSE_LIMIT_MS = 5_000;

/**
 * One public connection and the one channel request that it is, from its admission to the end of both halves.
 *
 * - Each half is a stream of its own: a FIN is the end of one, and the other goes on.
 * - A client that does not read stalls itself alone. A dead worker's connections are reset, never replayed.
 */
export class TcpConnection extends TcpWork {
  private isOutputEnded = false;
  /** When it was asked to end: what the client still sends is not for the app. */
  private closingSinceMs = Number.POSITIVE_INFINITY;
  private readonly port: TcpPortContext;

  constructor(socket: Socket, raw: Socket, binding: TcpBinding, facts: ConnectionFacts, port: TcpPortContext) {
    super(new TcpClientSocket(socket, raw, port.now), binding, facts, port.now);
    this.port = port;
    socket.on('data', (chunk: Buffer) => this.onBytes(chunk));
    socket.on('end', () => this.onFin());
    socket.on('drain', () => this.onDrain());
    socket.on('error', () => this.onClientGone());
    socket.on('close', () => {
      this.onClientGone();
      port.closed(this);
    });
  }

  private get isClosing(): boolean {
    return this.closingSinceMs !== Number.POSITIVE_INFINITY;
  }

  // ---- the client's half -----------------------------------------------------------------------------------------

  private onBytes(chunk: Buffer): void {
    if (this.isDone || this.isClosing) return;
    this.endCheck();
    this.client.touch();
    this.body.receive(chunk, this.stream);
  }

  private onFin(): void {
    if (this.isDone || this.body.isComplete) return;
    this.endCheck();
    if (!this.isDone) this.endInput();
  }

  /** Nothing more goes to the app. */
  private endInput(): void {
    this.body.complete(undefined, this.stream);
    if (this.isOutputEnded) this.conclude(false);
  }

  private onDrain(): void {
    const owed = this.client.takeOwed();
    if (owed > 0 && this.isOpen) this.stream!.consumed(owed);
  }

  // ---- the app's half --------------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    if (this.client.send(chunk)) this.stream!.consumed(chunk.length);
  }

  onEnd(): void {
    this.isOutputEnded = true;
    if (this.body.isComplete) this.conclude(false);
    else this.client.end();
  }

  override onReset(cause: ResetCause, text: string): void {
    if (this.isDone) return;
    // What the app itself did to its socket is no failure.
    if (cause === 'APP_ABORTED' || cause === 'CONNECTION_RESET') this.conclude(cause === 'CONNECTION_RESET');
    else super.onReset(cause, text);
  }

  /** The app's half had ended, and nobody takes the client's any more. */
  onDiscard(cause: ResetCause): void {
    this.onReset(cause === 'NOT_BEGUN' ? 'SESSION_CLOSED' : cause, 'the app takes no more bytes');
  }

  // ---- time ------------------------------------------------------------------------------------------------------

  /** No byte went either way for so long, ms. */
  quietMs(now: number): number {
    return this.client.quietMs(now);
  }

  /** Looks for deadlines that have passed. */
  sweep(now: number): void {
    const limit = this.app?.limits.idleTimeoutMs ?? 0;
    if (this.isDone) this.client.sweepLingering(now, limit || STALL_LIMIT_MS);
    else if (this.deadlineAtMs <= now) this.onDeadline();
    else if (this.isOpen && limit > 0 && this.quietMs(now) >= limit) {
      this.fail('IDLE_TIMEOUT');
      this.reason = `nothing went over the connection for ${limit} ms`;
      this.stream!.reset('CLIENT_CLOSED');
      this.finish(false);
    } else if (this.isOpen && Math.min(this.quietMs(now), now - this.closingSinceMs) >= CLOSE_LIMIT_MS) {
      this.stream!.reset('CLIENT_CLOSED');
      this.conclude(false);
    }
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /**
   * Ends it as if the client had sent its FIN: the app says what it still has to say, and its end is the client's FIN.
   *
   * - Bytes that the client sends from now on reach nobody; it gets a FIN soon, and knows what was not answered.
   * - An app that does not end it is not waited for longer than 5 s.
   */
  override closePolitely(): void {
    if (this.isDone || this.isClosing) return;
    if (!this.isOpen) {
      this.refuse('ADAPTER_DRAINING', '');
      return;
    }
    this.closingSinceMs = this.now();
    this.client.ignore();
    if (!this.body.isComplete) this.endInput();
  }

  /** Cuts it. */
  destroy(): void {
    this.client.reset();
  }

  /** The app is done with it. */
  private conclude(withReset: boolean): void {
    this.answered();
    this.finish(withReset);
  }

  protected override ended(isBroken: boolean): void {
    this.port.ended(this);
    super.ended(isBroken);
  }
}
