import { type Application, type EndingFacts, type HolderFacts, type Instance, RequestBody, Work } from '@baton/adapter-kit';
import type { AdapterSession, RequestStream, ResponseHead } from '@baton/channel';
import type { ErrorCode } from '@baton/core';
import type { TcpClientSocket } from './client-socket.ts';
import { type ConnectionFacts, tcpHead } from './connection-facts.ts';
import type { TcpBinding } from './tcp-binding.ts';

/** A connection that is reset within this time, before a byte, was a check of the port: it wakes no pool, ms. */
const CHECK_MS = 20;

/**
 * A connection as work of its pool: how it is admitted, and what it is to a worker. What goes over it is TcpConnection's.
 *
 * - Parked, it is read up to 64 KiB; with a worker, credit says who has to wait.
 * - A worker that never began it (NOT_BEGUN, nothing answered) loses it to another one.
 * - TCP has no words for a refusal: whatever Baton itself ends is reset. requestTimeout counts only until a worker has it.
 */
export abstract class TcpWork extends Work {
  readonly binding: TcpBinding;
  /** Its ends, and what TLS and a proxy said. */
  readonly ends: ConnectionFacts;
  /** Whose it is, also before it was admitted. */
  owner: Application | undefined = undefined;
  /** What ended it, where `errorCode` alone does not say it. */
  reason = '';
  protected readonly client: TcpClientSocket;
  /** What the client has sent; complete with its FIN. */
  protected readonly body: RequestBody;
  private hasHead = false;
  /** Runs until it is known to be no check of the port. */
  private checking: NodeJS.Timeout | undefined = undefined;

  constructor(client: TcpClientSocket, binding: TcpBinding, ends: ConnectionFacts, now: () => number) {
    super(now);
    this.client = client;
    this.body = new RequestBody(client);
    this.binding = binding;
    this.ends = ends;
  }

  get bytesIn(): number {
    return this.body.bytes;
  }

  get bytesOut(): number {
    return this.client.bytesOut;
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
    if (app.isBlocked || app.place.hasConnectedEligible) this.enterPool(app);
    else this.checking = setTimeout(() => this.endCheck(), CHECK_MS);
  }

  /** Ends one that reached no place in a pool. */
  turnAway(app: Application, code: ErrorCode, cause: string): void {
    this.app = app;
    this.refuse(code, cause);
  }

  /** It is no check of the port. */
  protected endCheck(): void {
    if (this.checking === undefined) return;
    this.forgetCheck();
    this.enterPool(this.owner!);
  }

  private enterPool(app: Application): void {
    if (app.isBlocked) this.turnAway(app, 'REQUESTS_BLOCKED', app.appKey);
    else this.place(app);
  }

  private forgetCheck(): void {
    clearTimeout(this.checking);
    this.checking = undefined;
  }

  // ---- with a worker ---------------------------------------------------------------------------------------------

  override deliver(instance: Instance, n: number): void {
    super.deliver(instance, n);
    this.deadlineAtMs = Number.POSITIVE_INFINITY;
    this.client.touch();
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

  override onCredit(): void {
    if (this.isOpen) this.body.onCredit(this.stream!);
  }

  protected tell(_code: ErrorCode, cause: string): boolean {
    this.reason = cause;
    return true;
  }

  protected ended(isBroken: boolean): void {
    this.forgetCheck();
    if (isBroken) this.client.reset();
    else this.client.linger();
  }
}
