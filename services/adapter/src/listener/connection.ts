import type { Socket } from 'node:net';
import { deadlineAfter } from '../admit/limits.ts';
import { Exchange, type ExchangeClient, isSafe } from '../forward/exchange.ts';
import { plainAddress } from '../route/table.ts';
import { ClientWriter } from './client-writer.ts';
import type { FaultStatus } from './head-fault.ts';
import { faultResponse, HeadFault } from './head-fault.ts';
import type { PortContext } from './port-context.ts';
import { Reply } from './reply.ts';
import type { RequestMessage } from './request-message.ts';
import { RequestParser, type RequestSink } from './request-parser.ts';

/** Requests of one connection that may be with workers at once (pipelining). */
const LOOK_AHEAD = 8;
/** Bytes kept while no further request may be begun; past that the client has to wait. */
const HELD_BYTES = 65_536;
/** A client that has ended its half still gets what is answered within this time, ms; then it counts as gone. */
const HALF_CLOSED_GRACE_MS = 50;
/** How long bytes of a refused client are read and thrown away, so that it sees the refusal rather than a reset, ms. */
const LINGER_MS = 2_000;

/**
 * One client's connection: reads requests, keeps their responses in order, and ends when it should.
 *
 * - Several pipelined requests are begun at once only when all of them are safe (RFC 9112, 9.3.2).
 * - No timer of its own: `sweep` is called every tick of the listener's one timer.
 */
export class Connection implements RequestSink, ExchangeClient {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  private readonly socket: Socket;
  private readonly port: PortContext;
  private readonly parser: RequestParser;
  private readonly writer: ClientWriter;
  /** Begun and not finished, oldest first; the first one's response is being written. */
  private readonly exchanges: Exchange[] = [];
  /** Read, and not begun before those ahead of it have finished. */
  private waiting: Exchange | undefined = undefined;
  /** The one whose body is arriving. */
  private receiving: Exchange | undefined = undefined;
  private held: Buffer | undefined = undefined;
  private isReading = false;
  private isPaused = false;
  /** No further request is read. */
  private isLast = false;
  private isClosed = false;
  /** The client is refused; what it still sends is thrown away. */
  private isLingering = false;
  /** Refused with this; written after the responses that are due. */
  private fault: FaultStatus | undefined = undefined;
  private deadlineAtMs: number;

  constructor(socket: Socket, port: PortContext) {
    this.socket = socket;
    this.port = port;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress ?? '');
    this.localPort = socket.localPort ?? 0;
    this.parser = new RequestParser(this, port.limits.maxHeaderBytes);
    this.writer = new ClientWriter(socket);
    this.deadlineAtMs = deadlineAfter(port.now(), port.limits.headersTimeoutMs);
    socket.on('data', (chunk: Buffer) => this.onBytes(chunk));
    socket.on('end', () => this.onHalfClosed());
    socket.on('error', () => this.onClosed());
    socket.on('close', () => this.onClosed());
    socket.on('drain', () => this.exchanges[0]?.onClientDrain());
  }

  get keepAliveLines(): string {
    return this.port.keepAliveLines;
  }

  /** Response bytes that wait for the client. */
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  // ---- bytes in --------------------------------------------------------------------------------------------------

  private onBytes(chunk: Buffer): void {
    if (this.isLast && !this.receiving) return;
    if (!this.held) {
      this.read(chunk);
      return;
    }
    this.held = Buffer.concat([this.held, chunk]);
    if (this.held.length > HELD_BYTES) this.pause();
  }

  private read(chunk: Buffer): void {
    this.isReading = true;
    let at = 0;
    try {
      while (at < chunk.length && !this.isHeldUp && !(this.isLast && !this.receiving)) at = this.parser.read(chunk, at);
    } catch (error) {
      this.isReading = false;
      this.refuse(error instanceof HeadFault ? error.status : 400);
      return;
    }
    this.isReading = false;
    if (at < chunk.length && this.isHeldUp) this.held = chunk.subarray(at);
    else if (this.exchanges.length === 0) this.watchIdle();
  }

  /** No further byte may be read before a request ahead has finished. */
  private get isHeldUp(): boolean {
    return this.waiting !== undefined;
  }

  onRequest(message: RequestMessage): void {
    this.deadlineAtMs = Number.POSITIVE_INFINITY;
    const { port, exchanges } = this;
    const reply = new Reply(message, exchanges.length === 0 ? this.writer : undefined);
    const exchange = new Exchange(this, message, reply, port.now);
    if (!message.keepsAlive || port.isDraining) {
      reply.closes = true;
      this.isLast = true;
    }
    if (message.hasBody) {
      this.receiving = exchange;
      this.deadlineAtMs = deadlineAfter(exchange.arrivedAtMs, port.limits.idleTimeoutMs);
    }
    if (exchanges.length > 0 && !this.mayBegin(message)) this.waiting = exchange;
    else this.begin(exchange);
  }

  private mayBegin(message: RequestMessage): boolean {
    return this.exchanges.length < LOOK_AHEAD && isSafe(message.method) && this.exchanges.every((ahead) => isSafe(ahead.message.method));
  }

  private begin(exchange: Exchange): void {
    this.exchanges.push(exchange);
    this.port.forward(exchange);
  }

  onBody(chunk: Buffer): void {
    this.deadlineAtMs = deadlineAfter(this.port.now(), this.port.limits.idleTimeoutMs);
    this.receiving?.onClientBody(chunk);
  }

  onMessageEnd(trailers: readonly string[] | undefined): void {
    this.deadlineAtMs = Number.POSITIVE_INFINITY;
    const exchange = this.receiving;
    this.receiving = undefined;
    // The last bytes may have used the credit up; what comes next is another request.
    this.resume();
    exchange?.onClientBodyEnd(trailers);
  }

  // ---- what exchanges say ----------------------------------------------------------------------------------------

  pauseBody(exchange: Exchange): void {
    if (exchange === this.receiving) this.pause();
  }

  resumeBody(exchange: Exchange): void {
    if (exchange === this.receiving) this.resume();
  }

  finished(exchange: Exchange, isBroken: boolean): void {
    this.port.log(exchange);
    if (this.isClosed) return;
    if (isBroken && (this.fault === undefined || exchange.reply.isStarted)) {
      this.breakOff(exchange.reply.needsReset);
      return;
    }
    if (exchange === this.exchanges[0]) this.advance();
  }

  /** The first response is complete: the next ones in line are written, and reading goes on. */
  private advance(): void {
    const { exchanges } = this;
    while (exchanges.length > 0 && exchanges[0]!.isDone) {
      const done = exchanges.shift()!;
      if (done.reply.closes && done.reply.isStarted) {
        this.end();
        return;
      }
      exchanges[0]?.reply.takeTurn(this.writer);
      exchanges[0]?.onClientDrain();
    }
    const { waiting } = this;
    if (waiting && (exchanges.length === 0 || this.mayBegin(waiting.message))) {
      this.waiting = undefined;
      if (exchanges.length === 0) waiting.reply.takeTurn(this.writer);
      this.begin(waiting);
    }
    if (exchanges.length === 0 && this.fault !== undefined) {
      this.endWithFault(this.fault);
      return;
    }
    if (this.isReading || this.isHeldUp) return;
    if (exchanges.length === 0) this.watchIdle();
    const { held } = this;
    if (!held) return;
    this.held = undefined;
    this.resume();
    this.read(held);
  }

  // ---- time ------------------------------------------------------------------------------------------------------

  /** Looks for deadlines that have passed. */
  sweep(now: number): void {
    for (const exchange of this.exchanges) {
      if (exchange.deadlineAtMs <= now) {
        exchange.onDeadline();
        if (this.isClosed) return;
        break;
      }
    }
    if (this.deadlineAtMs > now) return;
    if (this.isLingering) this.destroy();
    else if (this.parser.isInHead) this.refuse(408);
    else if (this.receiving) this.onSlowBody(now);
    else if (this.exchanges.length === 0) this.end();
    else this.deadlineAtMs = Number.POSITIVE_INFINITY;
  }

  private onSlowBody(now: number): void {
    // A client that waits for credit is not slow.
    if (this.isPaused) this.deadlineAtMs = deadlineAfter(now, this.port.limits.idleTimeoutMs);
    else this.refuse(408);
  }

  private watchIdle(): void {
    const { limits } = this.port;
    if (this.parser.isAtRest) {
      if (this.port.isDraining) {
        this.end();
        return;
      }
      this.deadlineAtMs = deadlineAfter(this.port.now(), limits.idleTimeoutMs);
    } else if (this.parser.isInHead && this.deadlineAtMs === Number.POSITIVE_INFINITY) {
      this.deadlineAtMs = deadlineAfter(this.port.now(), limits.headersTimeoutMs);
    }
  }

  /** The adapter stops: the response being written is the last one; without one, the connection ends. */
  drain(): void {
    for (const exchange of this.exchanges) if (!exchange.reply.isStarted) exchange.reply.closes = true;
    if (this.exchanges.length === 0 && this.parser.isAtRest) this.end();
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /** Answers bytes that are no request, or came too late, after the responses that are due. */
  private refuse(status: FaultStatus): void {
    this.port.countFault(status);
    this.isLast = true;
    this.fault = status;
    this.waiting = undefined;
    const { receiving } = this;
    this.receiving = undefined;
    // The head was good and may be with a worker already; its body turned out not to be.
    receiving?.onClientGone();
    if (!this.isClosed && this.exchanges.length === 0) this.endWithFault(status);
  }

  private endWithFault(status: FaultStatus): void {
    this.writer.write(faultResponse(status));
    this.end();
  }

  /** Ends the connection after what was written; late bytes of the client are read for a while so that they do not reset it. */
  private end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.abandon();
    this.writer.flush();
    this.socket.end();
    if (this.socket.readableEnded) return;
    this.isLingering = true;
    this.deadlineAtMs = this.port.now() + LINGER_MS;
    this.resume();
  }

  private breakOff(withReset: boolean): void {
    this.isClosed = true;
    this.abandon();
    this.writer.flush();
    if (withReset) this.socket.resetAndDestroy();
    else this.socket.destroySoon();
  }

  /** Cuts the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  private abandon(): void {
    const left = this.exchanges.splice(0);
    this.waiting = undefined;
    this.receiving = undefined;
    this.held = undefined;
    this.isLast = true;
    for (const exchange of left) exchange.onClientGone();
  }

  private onHalfClosed(): void {
    if (this.isLingering || this.exchanges.length === 0) {
      this.destroyAfterWrites();
      return;
    }
    const timer = setTimeout(() => {
      if (!this.isClosed) this.breakOff(false);
    }, HALF_CLOSED_GRACE_MS);
    timer.unref();
    this.isLast = true;
    for (const exchange of this.exchanges) if (!exchange.reply.isStarted) exchange.reply.closes = true;
  }

  private destroyAfterWrites(): void {
    this.isClosed = true;
    this.writer.flush();
    this.socket.destroySoon();
  }

  private onClosed(): void {
    this.port.closed(this);
    if (this.isClosed && this.exchanges.length === 0) return;
    this.isClosed = true;
    this.abandon();
  }

  private pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  private resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.socket.resume();
  }
}
