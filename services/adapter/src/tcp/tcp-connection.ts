import type { Socket } from 'node:net';
import { type Application, type BodyValve, type EndingFacts, type HolderFacts, type Instance, RequestBody, Work } from '@baton/adapter-kit';
import type { AdapterSession, RequestStream, ResetCause, ResponseHead } from '@baton/channel';
import type { ErrorCode } from '@baton/core';
import { resetConnection } from '../tls/reset.ts';
import { type ConnectionFacts, tcpHead } from './connection-facts.ts';
import type { TcpBinding } from './tcp-binding.ts';

/** How long bytes of a client are read and thrown away once everything for it has gone out, so that they do not reset it, ms. */
const LINGER_MS = 2_000;
/** A client that takes nothing of what was written last is given up after this time where there is no idleTimeout, ms. */
const STALL_LIMIT_MS = 120_000;

/** An app that was told the end of a connection and says nothing for so long is not waited for any more, ms. */
const CLOSE_LIMIT_MS = 5_000;

/** A connection that is reset within this time, before a byte, was a check of the port: it wakes no pool, ms. */
const CHECK_MS = 20;

/** What a connection needs of the port it came in by. */
export interface TcpPortContext {
  readonly now: () => number;
  /** The connection's work is over; its socket may still be open. Called once. */
  ended(connection: TcpConnection): void;
  /** Its socket is closed. */
  closed(connection: TcpConnection): void;
}

/**
 * One public connection and the one channel request that it is, from its admission to the end of both halves.
 *
 * - Each half is a stream of its own: a FIN is the end of one, and the other goes on.
 * - Parked, it is read up to 64 KiB; with a worker, credit says who has to wait. A client that does not read stalls itself alone.
 * - A worker that never began it (NOT_BEGUN, nothing answered) loses it to another one; a dead worker's connections are reset, never replayed.
 * - TCP has no words for a refusal: whatever Baton itself ends is reset. requestTimeout counts only until a worker has it.
 */
export class TcpConnection extends Work implements BodyValve {
  readonly binding: TcpBinding;
  /** Its ends, and what TLS and a proxy said. */
  readonly ends: ConnectionFacts;
  /** Whose it is, also before it was admitted. */
  owner: Application | undefined = undefined;
  /** What ended it, where `errorCode` alone does not say it. */
  reason = '';
  /** Sent to the client. */
  bytesOut = 0;
  private readonly body = new RequestBody(this);
  private hasHead = false;
  private isInputEnded = false;
  private isOutputEnded = false;
  /** When it was asked to end: what the client still sends is not for the app. */
  private closingSinceMs = Number.POSITIVE_INFINITY;
  /** Bytes written to the client and not given back as credit. */
  private owed = 0;
  private lastByteAtMs: number;
  /** Until when it may linger, once it is over. */
  private lingersUntilMs = Number.POSITIVE_INFINITY;
  /** At the last look, once it is over. */
  private unsent = 0;
  /** Runs until it is known to be no check of the port. */
  private checking: NodeJS.Timeout | undefined = undefined;
  private readonly socket: Socket;
  /** Below TLS; the same where there is none. */
  private readonly raw: Socket;
  private readonly port: TcpPortContext;

  constructor(socket: Socket, raw: Socket, binding: TcpBinding, facts: ConnectionFacts, port: TcpPortContext) {
    super(port.now);
    this.socket = socket;
    this.raw = raw;
    this.binding = binding;
    this.ends = facts;
    this.port = port;
    this.lastByteAtMs = this.arrivedAtMs;
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

  get bytesIn(): number {
    return this.body.bytes;
  }

  override get holder(): HolderFacts {
    return { kind: 'tcp', what: this.binding.text, client: this.ends.remoteAddress };
  }

  override get isLongLived(): boolean {
    return true;
  }

  // ---- into the pool ---------------------------------------------------------------------------------------------

  /** Routed: to a worker at once, else into the queue, for whose sake a worker is started. */
  admit(app: Application): void {
    this.owner = app;
    if (app.isBlocked) this.turnAway(app, 'REQUESTS_BLOCKED', app.appKey);
    else if (app.place.hasConnectedEligible) this.place(app);
    else this.checking = setTimeout(() => this.endCheck(), CHECK_MS);
  }

  /** It is no check of the port. */
  private endCheck(): void {
    if (this.checking === undefined) return;
    clearTimeout(this.checking);
    this.checking = undefined;
    const { owner } = this;
    if (owner!.isBlocked) this.turnAway(owner!, 'REQUESTS_BLOCKED', owner!.appKey);
    else this.place(owner!);
  }

  override deliver(instance: Instance, n: number): void {
    super.deliver(instance, n);
    this.deadlineAtMs = Number.POSITIVE_INFINITY;
    this.lastByteAtMs = this.now();
  }

  protected openOn(session: AdapterSession): RequestStream {
    return session.open(tcpHead(this.app!.appKey, this.binding, this.ends), false, this);
  }

  protected opened(stream: RequestStream): void {
    this.body.handOver(stream);
  }

  protected facts(): EndingFacts {
    const isMovable = this.body.isKept && !this.hasHead;
    return { isStarted: this.hasHead, hasInterim: false, isResponseEnded: false, isMovable, isReplayable: false };
  }

  // ---- the client's side -----------------------------------------------------------------------------------------

  private onBytes(chunk: Buffer): void {
    if (this.isDone || this.isClosing) return;
    this.endCheck();
    this.lastByteAtMs = this.now();
    this.body.receive(chunk, this.stream);
  }

  private onFin(): void {
    if (this.isDone || this.isInputEnded) return;
    this.endCheck();
    if (!this.isDone) this.endInput();
  }

  /** Nothing more goes to the app. */
  private endInput(): void {
    this.isInputEnded = true;
    this.body.complete(undefined, this.stream);
    if (this.isOutputEnded) this.conclude(false);
  }

  private onDrain(): void {
    this.lastByteAtMs = this.now();
    const { owed } = this;
    this.owed = 0;
    if (owed > 0 && this.isOpen) this.stream!.consumed(owed);
  }

  // ---- the worker's side -----------------------------------------------------------------------------------------

  override onInterim(): void {
    this.breakOff('an interim answer to a connection');
  }

  override onHead(head: ResponseHead): void {
    if (head.status !== 200) {
      this.breakOff(`expected the head 200, got ${head.status}`);
      return;
    }
    super.onHead(head);
    this.hasHead = true;
    this.body.forget();
  }

  onData(chunk: Buffer): void {
    this.lastByteAtMs = this.now();
    this.bytesOut += chunk.length;
    if (this.socket.write(chunk)) this.stream!.consumed(chunk.length);
    else this.owed += chunk.length;
  }

  onEnd(): void {
    this.isOutputEnded = true;
    if (this.isInputEnded) this.conclude(false);
    else this.socket.end();
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

  override onCredit(): void {
    if (this.isOpen) this.body.onCredit(this.stream!);
  }

  // ---- time ------------------------------------------------------------------------------------------------------

  /** Looks for deadlines that have passed. */
  sweep(now: number): void {
    const limit = this.app?.limits.idleTimeoutMs ?? 0;
    if (this.isDone) this.sweepLingering(now, limit || STALL_LIMIT_MS);
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

  private sweepLingering(now: number, stallLimitMs: number): void {
    const unsent = this.socket.writableLength;
    if (unsent !== this.unsent) this.lastByteAtMs = now;
    if (unsent > 0) this.lingersUntilMs = now + LINGER_MS;
    if (this.lingersUntilMs <= now || now - this.lastByteAtMs >= stallLimitMs) this.socket.destroy();
    this.unsent = unsent;
  }

  /** No byte went either way for so long, ms. */
  quietMs(now: number): number {
    return now - this.lastByteAtMs;
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /** Ends one that reached no place in a pool. */
  turnAway(app: Application, code: ErrorCode, cause: string): void {
    this.app = app;
    this.refuse(code, cause);
  }

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
    // Nobody waits for credit for what is thrown away.
    this.socket.resume();
    if (!this.isInputEnded) this.endInput();
  }

  /** Cuts it. */
  destroy(): void {
    this.reset();
  }

  /** The app is done with it. */
  private conclude(withReset: boolean): void {
    this.answered();
    this.finish(withReset);
  }

  protected tell(_code: ErrorCode, cause: string): boolean {
    this.reason = cause;
    return true;
  }

  protected ended(isBroken: boolean): void {
    clearTimeout(this.checking);
    this.checking = undefined;
    this.port.ended(this);
    if (isBroken) this.reset();
    else this.linger();
  }

  /** What was written goes out, then a FIN; late bytes of the client are read for a while so that they do not reset it. */
  private linger(): void {
    this.lastByteAtMs = this.now();
    this.lingersUntilMs = this.lastByteAtMs + LINGER_MS;
    this.unsent = this.socket.writableLength;
    this.socket.end();
    this.socket.resume();
  }

  private reset(): void {
    resetConnection(this.socket, this.raw);
  }

  // ---- small things ----------------------------------------------------------------------------------------------

  holdBody(): void {
    this.socket.pause();
  }

  releaseBody(): void {
    if (!this.isClosing) this.socket.resume();
  }
}
