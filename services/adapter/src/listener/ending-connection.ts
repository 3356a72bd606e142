import type { Socket } from 'node:net';
import type { Exchange } from '../forward/exchange.ts';
import type { UpgradeExchange } from '../forward/upgrade-exchange.ts';
import type { ClientConnection } from './client-connection.ts';
import { ClientSocket } from './client-socket.ts';
import { type FaultCode, faultResponse } from './head-fault.ts';
import { LineUp } from './line-up.ts';
import { Patience } from './patience.ts';
import type { PortContext } from './port-context.ts';
import type { RequestParser } from './request-parser.ts';

/** A client that has ended its half still gets what is answered within this time, ms; then it counts as gone. */
const HALF_CLOSED_GRACE_MS = 50;

/**
 * How a client's connection ends: when it has waited too long, when its bytes are refused, when the adapter stops, when its client leaves. What is
 * read and answered until then is Connection's.
 *
 * - No timer of its own: `sweep` is called every tick of the listener's one timer.
 */
export abstract class EndingConnection extends ClientSocket implements ClientConnection {
  readonly version = '1.1';
  protected readonly port: PortContext;
  protected readonly patience: Patience;
  protected abstract readonly parser: RequestParser;
  protected readonly lineUp = new LineUp();
  /** The request whose body is arriving. */
  protected receiving: Exchange | undefined = undefined;
  /** The request that may become the connection of another protocol, or has: no further one is read meanwhile. */
  protected upgrade: UpgradeExchange | undefined = undefined;
  /** The client has ended its half. */
  protected isHalfClosed = false;
  /** No further request is read. */
  protected isLast = false;
  /** The end was begun: nothing more is written. */
  protected isClosed = false;
  private isLingering = false;
  /** Refused with this; written after the responses that are due. */
  protected fault: FaultCode | undefined = undefined;

  constructor(socket: Socket, port: PortContext) {
    super(socket);
    this.port = port;
    this.patience = new Patience(port);
  }

  // ---- time ------------------------------------------------------------------------------------------------------

  /** Looks for deadlines that have passed. */
  sweep(now: number): void {
    for (const exchange of this.lineUp) {
      if (exchange.deadlineAtMs <= now) {
        exchange.onDeadline();
        return;
      }
    }
    if (!this.patience.isOver(now)) return;
    if (this.isLingering) this.destroy();
    else if (this.parser.isInHead)
      this.refuse('HEADERS_TIMEOUT', `the head was not complete after ${this.port.limits.headersTimeoutMs} ms`);
    else if (this.receiving) this.onSlowBody();
    else if (this.lineUp.isEmpty) this.end();
  }

  private onSlowBody(): void {
    // A client that waits for credit is not slow.
    if (this.isPaused) this.patience.forBody();
    else this.refuse('BODY_TIMEOUT', `nothing of the body came for ${this.port.limits.idleTimeoutMs} ms`);
  }

  /** Nothing is being answered: the next head has to begin within idleTimeout, and to end within headersTimeout of its first byte. */
  protected watchIdle(): void {
    if (this.parser.isInHead) this.patience.forHead();
    else if (this.parser.isAtRest) this.patience.forRequest();
  }

  /** The adapter stops: what was read is answered, and the last response says so; an idle connection ends when nothing came for a moment. */
  drain(): void {
    this.closeAfterLast();
    this.upgrade?.closePolitely();
    if (this.lineUp.isEmpty && this.parser.isAtRest) this.watchIdle();
  }

  private closeAfterLast(): void {
    const reply = this.lineUp.last?.reply;
    if (reply && !reply.isStarted) reply.closes = true;
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /** Answers bytes that are no request, or came too late, after the responses that are due. */
  protected refuse(code: FaultCode, reason: string): void {
    this.isLast = true;
    this.fault = code;
    const { receiving } = this;
    this.receiving = undefined;
    // The head was good and may be with a worker already; its body turned out not to be.
    const isOfRequest = receiving !== undefined && !receiving.isDone;
    this.port.refused({ client: this.remoteAddress, code, reason }, isOfRequest);
    if (isOfRequest) receiving.onBodyFault(code);
    if (!this.isClosed && this.lineUp.isEmpty) this.endWithFault(code);
  }

  protected endWithFault(code: FaultCode): void {
    this.writer.write(faultResponse(code));
    this.end();
  }

  /** Ends the connection after what was written; late bytes of the client are read for a while so that they do not reset it. */
  protected end(): void {
    if (this.isClosed) return;
    this.close();
    this.socket.end();
    if (this.socket.readableEnded) return;
    this.isLingering = true;
    this.patience.forLateBytes();
    this.resume();
  }

  protected breakOff(withReset: boolean): void {
    this.close();
    this.cut(withReset);
  }

  /** From here on nothing is written; requests without a complete response hear that their client is gone. */
  private close(): void {
    this.isClosed = true;
    this.isLast = true;
    this.receiving = undefined;
    this.held = undefined;
    for (const exchange of this.lineUp.clear()) exchange.onClientGone();
    this.writer.flush();
  }

  protected onHalfClosed(): void {
    this.isHalfClosed = true;
    if (this.upgrade && !this.isClosed) {
      // What the app has to read before the end waits for its answer, and the end with it.
      if (!this.held) this.upgrade.onClientEnd();
      return;
    }
    if (this.isClosed || this.lineUp.isEmpty) {
      this.breakOff(false);
      return;
    }
    this.isLast = true;
    this.closeAfterLast();
    // One timer for a client in a rare state, not one for a request.
    const timer = setTimeout(() => {
      if (!this.isClosed) this.breakOff(false);
    }, HALF_CLOSED_GRACE_MS);
    timer.unref();
  }

  protected onClosed(): void {
    this.port.closed(this);
    this.close();
  }
}
