import { endingOf, type HolderFacts } from '@baton/adapter-kit';
import type { RequestStream, ResetCause, ResponseHead, Timings } from '@baton/channel';
import type { RequestMessage } from '../listener/request-message.ts';
import { pathOf } from '../listener/target.ts';
import type { ClientReply } from './client-reply.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { PoliteClose } from './websocket/polite-close.ts';

/** How long each end has to answer a close that the adapter began, ms. */
const CLOSE_LIMIT_MS = 5_000;

/** What an upgraded exchange needs of the client's connection, or stream of HTTP/2. */
export interface UpgradeClient extends ExchangeClient {
  /** The head 101 was written: bytes of the client belong to the exchange from now on, those that were held first. */
  switched(exchange: UpgradeExchange): void;
  /** The app has ended its half: so does the client's connection, behind what was written. */
  endOutput(exchange: UpgradeExchange): void;
}

/**
 * A request that asks for another protocol (RFC 9110, 7.8), and the connection that it becomes by the answer 101.
 *
 * - Until then it is a request like others, but its half of the channel stays open and nothing of it is sent. Any other head ends that half at once.
 * - Afterwards bytes go both ways under credit, each half ends by itself, and no timeout of requests or idle connections holds: as in Node, how long
 *   a silent connection may stay is the app's business.
 * - It is moved while no worker has begun it, and never replayed.
 */
export class UpgradeExchange extends Exchange {
  readonly kind: 'websocket' | 'upgrade';
  /** The answer was 101. */
  isSwitched = false;
  private switchedAtMs = 0;
  /** Its end has to be seen as broken by a client that knows no other sign. */
  needsReset = false;
  private clientBytes = 0;
  private isClientEnded = false;
  private isOutputEnded = false;
  private readonly politeClose: PoliteClose | undefined;
  private isClosing = false;

  constructor(client: UpgradeClient, message: RequestMessage, reply: ClientReply, now: () => number) {
    super(client, message, reply, now);
    const isWebSocket = /^websocket$/i.test(message.upgrade ?? '');
    this.kind = isWebSocket ? 'websocket' : 'upgrade';
    this.politeClose = isWebSocket
      ? new PoliteClose({
          toClient: (frame) => void (this.isDone || this.isOutputEnded || this.reply.data(frame)),
          toApp: (frame) => void this.stream?.write(frame),
          asked: () => this.limit(CLOSE_LIMIT_MS),
        })
      : undefined;
  }

  override get requestBytes(): number {
    return this.clientBytes;
  }

  override get holder(): HolderFacts {
    return { kind: this.kind, what: pathOf(this.message.target), client: this.client.remoteAddress };
  }

  override get isLongLived(): boolean {
    return this.isSwitched;
  }

  /** Until the connection was there: how long it was used says nothing of the app's speed. */
  override durationMs(endedAtMs: number): number {
    return super.durationMs(this.isSwitched ? this.switchedAtMs : endedAtMs);
  }

  private get wire(): UpgradeClient {
    return this.client as UpgradeClient;
  }

  // ---- the client's side -----------------------------------------------------------------------------------------

  onClientBytes(chunk: Buffer): void {
    if (this.isDone || this.isClientEnded) return;
    this.clientBytes += chunk.length;
    this.politeClose?.noteFromClient(chunk);
    if (!this.stream!.write(chunk)) this.client.pauseBody(this);
  }

  /** The client has ended its half; also before the answer, where no bytes of it wait for that. */
  onClientEnd(): void {
    if (this.isDone || this.isClientEnded) return;
    this.isClientEnded = true;
    this.stream?.end();
    if (this.isOutputEnded) this.complete();
  }

  protected override opened(stream: RequestStream): void {
    if (this.isClientEnded) stream.end();
  }

  // ---- the worker's side -----------------------------------------------------------------------------------------

  override onHead(head: ResponseHead): void {
    if (head.status !== 101) {
      this.stream!.end();
      // To CONNECT every 2xx says that the connection is there (RFC 9110, 9.3.6), which the app did not mean.
      if (this.message.isHttp2 && head.status >= 200 && head.status < 300)
        this.refuse('NOT_IMPLEMENTED', `the app answered ${head.status}, not 101, to ${this.message.upgrade}`);
      else super.onHead(head);
      return;
    }
    super.onHead(head);
    if (this.isDone) return;
    this.isSwitched = true;
    this.switchedAtMs = this.now();
    this.deadlineAtMs = Number.POSITIVE_INFINITY;
    this.wire.switched(this);
  }

  override onData(chunk: Buffer): void {
    const passed = this.isSwitched && this.politeClose ? this.politeClose.passToClient(chunk) : chunk;
    // Dropped bytes are taken all the same, or the app would wait for credit and never read the close.
    const dropped = chunk.length - (passed?.length ?? 0);
    if (passed && passed.length > 0) super.onData(passed);
    if (dropped > 0 && !this.isDone) this.stream!.consumed(dropped);
  }

  override onEnd(trailers: readonly string[] | undefined, timings: Timings | undefined): void {
    if (!this.isSwitched) {
      super.onEnd(trailers, timings);
      return;
    }
    this.isOutputEnded = true;
    this.trace?.leave(timings, undefined, this.now());
    if (this.isClientEnded) this.complete();
    else this.wire.endOutput(this);
  }

  override onReset(cause: ResetCause, text: string): void {
    if (!this.isSwitched) {
      super.onReset(cause, text);
      return;
    }
    if (this.isDone) return;
    if (cause === 'APP_ABORTED') {
      this.complete();
      return;
    }
    // A WebSocket says by its own frames whether it ended well; a reset would take from its client what it has not read yet.
    this.needsReset = cause === 'CONNECTION_RESET' || this.kind !== 'websocket';
    const facts = { isStarted: true, hasInterim: false, isResponseEnded: false, isMovable: false, isReplayable: false };
    const ending = endingOf(cause, facts);
    if ('code' in ending) this.fail(ending.code);
    this.finish(true);
  }

  /** The app takes nothing more of a connection that it had half closed. */
  onDiscard(cause: ResetCause): void {
    if (!this.isSwitched || this.isDone) return;
    this.needsReset = cause === 'CONNECTION_RESET';
    this.complete();
  }

  override onCredit(): void {
    if (!this.isDone) this.client.resumeBody(this);
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /** Ends it in a way that both ends take for a good one: a WebSocket by 1012, another protocol by the end of the client's half. */
  override closePolitely(): void {
    if (!this.isSwitched || this.isDone || this.isClosing || this.isOutputEnded) return;
    this.isClosing = true;
    if (this.politeClose) this.politeClose.begin();
    else this.onClientEnd();
  }

  /** An end did not answer the close in time. */
  override onDeadline(): void {
    if (!this.isSwitched) {
      super.onDeadline();
      return;
    }
    if (this.isClientEnded) {
      this.onClientGone();
      return;
    }
    this.politeClose?.answerForClient();
    this.limit(CLOSE_LIMIT_MS);
    this.onClientEnd();
  }

  private limit(ms: number): void {
    if (!this.isDone) this.deadlineAtMs = this.now() + ms;
  }

  /** Both halves have ended, or the app has closed its connection. */
  private complete(): void {
    this.leave('finished', this.now);
    this.finish(this.needsReset);
  }
}
