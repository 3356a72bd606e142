import type { Socket } from 'node:net';
import { Exchange } from '../forward/exchange.ts';
import { type UpgradeClient, UpgradeExchange } from '../forward/upgrade-exchange.ts';
import { EndingConnection } from './ending-connection.ts';
import { FirstBytes } from './first-bytes.ts';
import { HeadFault } from './head-fault.ts';
import type { PortContext } from './port-context.ts';
import { Reply } from './reply.ts';
import type { RequestMessage } from './request-message.ts';
import { RequestParser, type RequestSink } from './request-parser.ts';
import { isShared, kept, readShared } from './shared-reads.ts';

/** One client's connection: reads requests, and keeps their responses in order. */
export class Connection extends EndingConnection implements RequestSink, UpgradeClient {
  protected readonly parser: RequestParser;
  /** Undefined once they have said that it is HTTP/1.1. */
  private first: FirstBytes | undefined = new FirstBytes();
  private isReading = false;
  /** What it hears of its socket. */
  private readonly listeners: Record<string, (chunk: Buffer) => void>;

  constructor(socket: Socket, port: PortContext) {
    super(socket, port);
    this.parser = new RequestParser(this, port.limits.maxHeaderBytes);
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
      this.upgrade.onClientBytes(kept(given));
      return;
    }
    const chunk = this.first ? this.firstBytes(given, this.first) : given;
    if (chunk === undefined || this.isReadOut) return;
    if (this.held) this.hold(chunk);
    else this.read(chunk);
  }

  private firstBytes(given: Buffer, first: FirstBytes): Buffer | undefined {
    const chunk = first.look(given);
    if (first.isHttp1) this.becomeHttp1();
    else if (first.http2) this.becomeHttp2(first.http2);
    return chunk;
  }

  private becomeHttp1(): void {
    this.first = undefined;
    if (!this.isEncrypted) readShared(this.socket, (bytes) => this.onBytes(bytes));
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
    if (at < chunk.length && this.isHeldBack) this.held = kept(chunk.subarray(at));
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
    this.receiving?.onClientBody(chunk, isShared(chunk));
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
}

/** The exchanges of a connection were made with replies of HTTP/1.1. */
const replyOf = (exchange: Exchange): Reply => exchange.reply as Reply;
