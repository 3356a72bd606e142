import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { deadlineAfter } from '@baton/adapter-kit';
import type { Exchange } from '../../forward/exchange.ts';
import { type UpgradeClient, UpgradeExchange } from '../../forward/upgrade-exchange.ts';
import type { Http2Connection } from './http2-connection.ts';
import type { Http2Reply } from './http2-reply.ts';

/**
 * One stream of a connection as the client of its exchange: body and trailers in, leave and pace of the client, and the stream's end.
 */
export class Http2Client implements UpgradeClient {
  readonly keepAliveLines = '';
  private readonly connection: Http2Connection;
  private readonly stream: ServerHttp2Stream;
  private readonly reply: Http2Reply;
  private exchange: Exchange | undefined = undefined;
  private trailers: readonly string[] | undefined = undefined;
  /** Its body is arriving. */
  private isReceiving = false;
  private isPaused = false;
  private unreadFrames = 0;
  private bodyEndsAtMs = Number.POSITIVE_INFINITY;
  private isOver = false;

  constructor(connection: Http2Connection, stream: ServerHttp2Stream, reply: Http2Reply) {
    this.connection = connection;
    this.stream = stream;
    this.reply = reply;
    stream.on('error', () => {});
    stream.on('aborted', () => this.onAborted());
    stream.on('close', () => this.onClosed());
    stream.on('drain', () => this.exchange?.onClientDrain());
    stream.on('wantTrailers', () => reply.sendTrailers());
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress;
  }
  get remotePort(): number {
    return this.connection.remotePort;
  }
  get localAddress(): string {
    return this.connection.localAddress;
  }
  get localPort(): number {
    return this.connection.localPort;
  }
  get isEncrypted(): boolean {
    return this.connection.isEncrypted;
  }

  /** Its head was read: the request begins. */
  begin(exchange: Exchange): void {
    this.exchange = exchange;
    const { stream } = this;
    if (exchange.message.hasBody) {
      this.isReceiving = true;
      this.waitForBody();
      this.countFrames();
      stream.on('data', (chunk: Buffer) => this.onBody(chunk));
      stream.on('trailers', (_fields: IncomingHttpHeaders, _flags: number, raw?: string[]) => {
        this.trailers = raw;
      });
      stream.on('end', () => this.onBodyEnd());
    } else if (exchange.message.isUpgrade) {
      // Nothing is read before the answer: the window of the stream bounds what the client may send until then.
      this.isPaused = true;
      this.countFrames();
    } else stream.resume();
  }

  // ---- an extended CONNECT that was taken -----------------------------------------------------------------------

  switched(exchange: UpgradeExchange): void {
    const { stream } = this;
    stream.on('data', (chunk: Buffer) => exchange.onClientBytes(chunk));
    stream.on('end', () => {
      if (!stream.aborted) exchange.onClientEnd();
    });
    this.resumeBody();
  }

  endOutput(): void {
    if (!this.stream.destroyed) this.stream.end();
  }

  /** The adapter stops. */
  closePolitely(): void {
    if (this.exchange instanceof UpgradeExchange) this.exchange.closePolitely();
  }

  /** A FIN is END_STREAM, a RST is CANCEL (RFC 8441, 5). */
  private endTunnel({ needsReset }: UpgradeExchange): void {
    const { stream } = this;
    if (needsReset) {
      stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    stream.end();
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  // ---- the body in ----------------------------------------------------------------------------------------------

  /** Looks at each DATA frame where Node takes it in: the reader of a body that waits sees none. */
  private countFrames(): void {
    const { stream } = this;
    const push = stream.push.bind(stream);
    stream.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
      if (chunk !== null) {
        if (this.isPaused) this.unreadFrames++;
        this.connection.countData(chunk.length, this.isPaused);
      }
      return push(chunk, encoding);
    };
  }

  private onBody(chunk: Buffer): void {
    this.waitForBody();
    if (this.isReceiving) this.exchange?.onClientBody(chunk);
  }

  private onBodyEnd(): void {
    if (!this.isReceiving || this.stream.aborted) return;
    this.endBody();
    this.exchange?.onClientBodyEnd(this.trailers);
  }

  private endBody(): void {
    this.isReceiving = false;
    this.bodyEndsAtMs = Number.POSITIVE_INFINITY;
  }

  private waitForBody(): void {
    if (this.isReceiving) this.bodyEndsAtMs = deadlineAfter(this.connection.now(), this.connection.limits.idleTimeoutMs);
  }

  pauseBody(): void {
    this.isPaused = true;
    this.stream.pause();
  }

  resumeBody(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.connection.readFrames(this.unreadFrames);
    this.unreadFrames = 0;
    this.waitForBody();
    this.stream.resume();
  }

  // ---- the end --------------------------------------------------------------------------------------------------

  finished(exchange: Exchange, isBroken: boolean): void {
    this.isOver = true;
    this.endBody();
    this.connection.finished(exchange);
    const { stream } = this;
    if (stream.destroyed || stream.closed) return;
    if (exchange instanceof UpgradeExchange && exchange.isSwitched) this.endTunnel(exchange);
    else if (isBroken) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    // The whole answer is there, and nobody reads the rest of the request (RFC 9113, 8.1).
    else if (!stream.readableEnded && (exchange.message.hasBody || exchange.message.isUpgrade)) {
      this.resumeBody();
      stream.resume();
      stream.close(constants.NGHTTP2_NO_ERROR);
    }
  }

  sweep(now: number): void {
    const { exchange } = this;
    if (!exchange || this.isOver) return;
    if (exchange.deadlineAtMs <= now) exchange.onDeadline();
    else if (this.bodyEndsAtMs <= now) this.onSlowBody(exchange);
  }

  /** A client that waits for credit is not slow, and one that is being answered may take its time: the two talk. */
  private onSlowBody(exchange: Exchange): void {
    if (this.isPaused || this.reply.isStarted) this.waitForBody();
    else exchange.refuse('BODY_TIMEOUT', `nothing of the body came for ${this.connection.limits.idleTimeoutMs} ms`);
  }

  private onAborted(): void {
    if (!this.isOver) this.connection.countReset();
    this.onGone();
    // What waited to be read would keep the stream.
    this.stream.resume();
  }

  private onClosed(): void {
    this.onGone();
    this.connection.closed(this);
  }

  private onGone(): void {
    this.connection.readFrames(this.unreadFrames);
    this.unreadFrames = 0;
    if (!this.isOver) this.exchange?.onClientGone();
  }
}
