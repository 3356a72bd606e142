import type { Socket } from 'node:net';
import { Exchange } from '../forward/exchange.ts';
import { type UpgradeClient, UpgradeExchange } from '../forward/upgrade-exchange.ts';
import type { ClientConnection } from './client-connection.ts';
import { ClientSocket } from './client-socket.ts';
import { FirstBytes } from './first-bytes.ts';
import { type FaultCode, faultResponse, HeadFault } from './head-fault.ts';
import { LineUp } from './line-up.ts';
import { Patience } from './patience.ts';
import type { PortContext } from './port-context.ts';
import { Reply } from './reply.ts';
import type { RequestMessage } from './request-message.ts';
import { RequestParser, type RequestSink } from './request-parser.ts';

/** A client that has ended its half still gets what is answered within this time, ms; then it counts as gone. */
const HALF_CLOSED_GRACE_MS = 50;

/**
 * One client's connection: reads requests, keeps their responses in order, and ends when it should.
 *
 * - No timer of its own: `sweep` is called every tick of the listener's one timer.
 */
export class Connection extends ClientSocket implements RequestSink, UpgradeClient, ClientConnection {
  readonly version = '1.1';
  private readonly port: PortContext;
  private readonly parser: RequestParser;
  private readonly lineUp = new LineUp();
  /** The request whose body is arriving. */
  private receiving: Exchange | undefined = undefined;
  /** The request that may become the connection of another protocol, or has: no further one is read meanwhile. */
  private upgrade: UpgradeExchange | undefined = undefined;
  private isHalfClosed = false;
  /** Undefined once they have said that it is HTTP/1.1. */
  private first: FirstBytes | undefined = new FirstBytes();
  private isReading = false;
  /** No further request is read. */
  private isLast = false;
  /** The end was begun: nothing more is written. */
  private isClosed = false;
  private isLingering = false;
  /** Refused with this; written after the responses that are due. */
  private fault: FaultCode | undefined = undefined;
  private readonly patience: Patience;
  /** What it hears of its socket. */
  private readonly listeners: Record<string, (chunk: Buffer) => void>;

  constructor(socket: Socket, port: PortContext) {
    super(socket);
    this.port = port;
    this.parser = new RequestParser(this, port.limits.maxHeaderBytes);
    this.patience = new Patience(port);
    this.listeners = {
      data: (chunk: Buffer) => this.onBytes(chunk),
      end: () => this.onHalfClosed(),
      error: () => this.onClosed(),
      close: () => this.onClosed(),
      drain: () => this.lineUp.first?.onClientDrain(),
    };
    for (const [event, listener] of Object.entries(this.listeners)) socket.on(event, listener);
  }

  get keepAliveLines(): string {
    return this.port.keepAliveLines;
  }

  // ---- bytes in --------------------------------------------------------------------------------------------------

  private onBytes(given: Buffer): void {
    if (this.upgrade?.isSwitched) {
      this.upgrade.onClientBytes(given);
      return;
    }
    const chunk = this.first ? this.firstBytes(given, this.first) : given;
    if (chunk === undefined || this.isReadOut) return;
    if (this.held) this.hold(chunk);
    else this.read(chunk);
  }

  private firstBytes(given: Buffer, first: FirstBytes): Buffer | undefined {
    const chunk = first.look(given);
    if (first.isHttp1) this.first = undefined;
    else if (first.http2) this.becomeHttp2(first.http2);
    return chunk;
  }

  private becomeHttp2(bytes: Buffer): void {
    const { socket } = this;
    this.isClosed = true;
    socket.pause();
    for (const [event, listener] of Object.entries(this.listeners)) socket.off(event, listener);
    socket.unshift(bytes);
    this.port.becameHttp2(this, socket);
  }

  /** Nothing that the client still sends is of interest. */
  private get isReadOut(): boolean {
    return this.isLast && !this.receiving && !this.isHeldBack;
  }

  /** What has come behind the last request is not looked at yet. */
  private get isHeldBack(): boolean {
    return this.lineUp.waiting !== undefined || this.upgrade !== undefined;
  }

  private read(chunk: Buffer): void {
    this.isReading = true;
    let at = 0;
    try {
      while (at < chunk.length && !this.isHeldBack && !this.isReadOut) at = this.parser.read(chunk, at);
    } catch (error) {
      this.isReading = false;
      if (error instanceof HeadFault) this.refuse(error.code, error.message);
      else this.refuse('BAD_REQUEST', 'it cannot be read');
      return;
    }
    this.isReading = false;
    if (at < chunk.length && this.isHeldBack) this.held = chunk.subarray(at);
    else if (this.lineUp.isEmpty) this.watchIdle();
  }

  onRequest(message: RequestMessage): void {
    this.patience.suspend();
    const { port, lineUp } = this;
    const reply = new Reply(message, lineUp.isEmpty ? this.writer : undefined);
    const exchange = message.isUpgrade ? new UpgradeExchange(this, message, reply, port.now) : new Exchange(this, message, reply, port.now);
    if (!message.keepsAlive || port.isDraining) {
      reply.closes = true;
      this.isLast = true;
    }
    if (lineUp.mayBegin(exchange)) this.begin(exchange);
    else lineUp.waiting = exchange;
  }

  private begin(exchange: Exchange): void {
    if (exchange.message.hasBody) {
      this.receiving = exchange;
      this.patience.forBody();
    } else if (exchange.message.isUpgrade) this.upgrade = exchange as UpgradeExchange;
    this.lineUp.begin(exchange);
    this.port.forward(exchange);
  }

  onBody(chunk: Buffer): void {
    this.patience.forBody();
    this.receiving?.onClientBody(chunk);
  }

  onMessageEnd(trailers: readonly string[] | undefined): void {
    this.patience.suspend();
    const exchange = this.receiving;
    this.receiving = undefined;
    // The last bytes may have used the credit up; what comes next is another request.
    this.resume();
    exchange?.onClientBodyEnd(trailers);
  }

  // ---- what exchanges say ----------------------------------------------------------------------------------------

  pauseBody(exchange: Exchange): void {
    if (exchange === this.receiving || exchange === this.upgrade) this.pause();
  }

  resumeBody(exchange: Exchange): void {
    if (exchange === this.receiving || exchange === this.upgrade) this.resume();
  }

  switched(exchange: UpgradeExchange): void {
    const held = this.takeHeld();
    if (held) exchange.onClientBytes(held);
    if (this.isHalfClosed) exchange.onClientEnd();
  }

  endOutput(_exchange: UpgradeExchange): void {
    this.writer.flush();
    this.socket.end();
  }

  finished(exchange: Exchange, isBroken: boolean): void {
    this.port.log(exchange);
    if (this.isClosed) return;
    if (exchange === this.upgrade) this.upgradeFinished(this.upgrade, isBroken);
    else this.requestFinished(exchange, isBroken);
  }

  private upgradeFinished(exchange: UpgradeExchange, isBroken: boolean): void {
    if (exchange.isSwitched) {
      this.breakOff(isBroken && exchange.needsReset);
      return;
    }
    this.upgrade = undefined;
    this.requestFinished(exchange, isBroken);
    if (this.isHalfClosed && !this.isClosed) this.onHalfClosed();
  }

  private requestFinished(exchange: Exchange, isBroken: boolean): void {
    if (isBroken && (this.fault === undefined || exchange.reply.isStarted)) this.breakOff(replyOf(exchange).needsReset);
    else if (exchange === this.lineUp.first) this.advance();
  }

  /** The first response is complete: the next ones in line are written, and reading goes on. */
  private advance(): void {
    const { lineUp } = this;
    for (let done = lineUp.takeFinished(); done; done = lineUp.takeFinished()) {
      if (done.reply.closes && done.reply.isStarted) {
        this.end();
        return;
      }
      const { first } = lineUp;
      if (first) replyOf(first).takeTurn(this.writer);
      first?.onClientDrain();
    }
    const next = lineUp.takeWaiting();
    if (next) {
      if (lineUp.isEmpty) replyOf(next).takeTurn(this.writer);
      this.begin(next);
    }
    if (this.isClosed) return;
    if (lineUp.isEmpty && this.fault !== undefined) this.endWithFault(this.fault);
    else if (!this.isReading && !this.isHeldBack) this.readOn();
  }

  private readOn(): void {
    if (this.lineUp.isEmpty) this.watchIdle();
    const held = this.takeHeld();
    if (held) this.read(held);
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
  private watchIdle(): void {
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
  private refuse(code: FaultCode, reason: string): void {
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

  private endWithFault(code: FaultCode): void {
    this.writer.write(faultResponse(code));
    this.end();
  }

  /** Ends the connection after what was written; late bytes of the client are read for a while so that they do not reset it. */
  private end(): void {
    if (this.isClosed) return;
    this.close();
    this.socket.end();
    if (this.socket.readableEnded) return;
    this.isLingering = true;
    this.patience.forLateBytes();
    this.resume();
  }

  private breakOff(withReset: boolean): void {
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

  private onHalfClosed(): void {
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

  private onClosed(): void {
    this.port.closed(this);
    this.close();
  }
}

/** The exchanges of a connection were made with replies of HTTP/1.1. */
const replyOf = (exchange: Exchange): Reply => exchange.reply as Reply;
