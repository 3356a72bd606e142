import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { deadlineAfter, type Limits } from '@baton/adapter-kit';
import { Exchange } from '../../forward/exchange.ts';
import { GrpcExchange, isGrpc } from '../../forward/grpc-exchange.ts';
import { refusalOf } from '../../forward/refusal.ts';
import { UpgradeExchange } from '../../forward/upgrade-exchange.ts';
import { plainAddress } from '../../route/table.ts';
import type { ClientConnection } from '../client-connection.ts';
import { HeadFault } from '../head-fault.ts';
import type { PortContext } from '../port-context.ts';
import { RequestMessage } from '../request-message.ts';
import { faultOf } from './fault-of.ts';
import { FloodGuard } from './flood-guard.ts';
import { Http2Client } from './http2-client.ts';
import { Http2Reply } from './http2-reply.ts';
import { readRequest } from './read-request.ts';
import { CONNECTION_WINDOW, sessionOptions } from './session-options.ts';

/** How often what was read is compared with what it was for, ms. */
const LOOK_MS = 500;
/** What frames cost that hold a head, bytes. */
const FIELD_FRAMES = 64;
/** How long a connection that has ended may take to get its last bytes out, ms. */
const LINGER_MS = 2_000;
/** As for HTTP/1.1: a client that has ended its half counts as gone after that, ms. */
const HALF_CLOSED_GRACE_MS = 50;

/**
 * One client's connection of HTTP/2: nghttp2 by way of Node reads and writes its frames; each stream becomes an exchange of its own.
 *
 * - No timer of its own: `sweep` is called every tick of the adapter's one timer.
 */
export class Http2Connection implements ClientConnection {
  readonly version = '2';
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly isEncrypted: boolean;
  readonly now: () => number;
  private readonly socket: Socket;
  private readonly port: PortContext;
  private readonly session: ServerHttp2Session;
  private readonly guard: FloodGuard;
  private readonly clients = new Set<Http2Client>();
  /** Requests that have not ended. */
  private active = 0;
  /** Without a request until then, the connection ends. The first one has to come as fast as a head has to. */
  private idleEndsAtMs: number;
  private looksAtMs = 0;
  private cutAtMs = Number.POSITIVE_INFINITY;
  private isClosed = false;
  private hasFault = false;

  /** The socket may hold bytes that were read and put back. */
  constructor(socket: Socket, port: PortContext) {
    this.socket = socket;
    this.port = port;
    this.now = port.now;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress ?? '');
    this.localPort = socket.localPort ?? 0;
    this.isEncrypted = socket instanceof TLSSocket;
    this.guard = new FloodGuard(port.now);
    this.idleEndsAtMs = deadlineAfter(port.now(), port.limits.headersTimeoutMs);
    this.session = performServerHandshake(socket, sessionOptions(port.limits));
    this.listen();
  }

  private listen(): void {
    const { session, guard } = this;
    session.on('stream', (stream, _headers, flags, fields) => this.onStream(stream, flags, fields));
    session.on('ping', () => this.judge(guard.ping()));
    session.on('remoteSettings', () => this.judge(guard.changedSettings()));
    session.on('error', (error: NodeJS.ErrnoException) => this.onError(error));
    session.on('close', () => this.onClosed());
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW));
    // The session has it in hand; what breaks below it ends the session.
    this.socket.on('error', () => {});
    this.socket.once('end', () => this.onHalfClosed());
  }

  get limits(): Limits {
    return this.port.limits;
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  // ---- requests --------------------------------------------------------------------------------------------------

  private onStream(stream: ServerHttp2Stream, flags: number, fields: readonly string[]): void {
    // Taken back in the same bytes that opened it: nobody was asked for anything yet.
    if (stream.destroyed || stream.closed) {
      stream.on('error', () => {});
      this.countReset();
      return;
    }
    try {
      this.begin(stream, readRequest(fields, flags));
    } catch (error) {
      if (!(error instanceof HeadFault)) throw error;
      this.refuse(stream, error);
    }
  }

  private begin(stream: ServerHttp2Stream, message: RequestMessage): void {
    const { port } = this;
    const reply = new Http2Reply(stream, message.method === 'HEAD', message.isUpgrade);
    const client = new Http2Client(this, stream, reply);
    this.clients.add(client);
    this.guard.count(message.headBytes + FIELD_FRAMES);
    this.active++;
    this.idleEndsAtMs = Number.POSITIVE_INFINITY;
    const exchange = new (kindOf(message))(client, message, reply, port.now);
    client.begin(exchange);
    port.forward(exchange);
  }

  /** A stream that is no request which may be served; the others of the connection go on. */
  private refuse(stream: ServerHttp2Stream, { code, message }: HeadFault): void {
    this.port.refused({ client: this.remoteAddress, code, reason: message }, false);
    stream.on('error', () => {});
    new Http2Reply(stream, false).refuse(refusalOf(code, message, new RequestMessage(), ''), '');
    stream.resume();
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** A request has ended, whichever way. */
  finished(exchange: Exchange): void {
    this.port.log(exchange);
    if (--this.active > 0) return;
    if (this.session.closed) this.cutAtMs = Math.min(this.cutAtMs, this.now() + LINGER_MS);
    else this.idleEndsAtMs = deadlineAfter(this.now(), this.port.limits.idleTimeoutMs);
  }

  /** Nothing of a stream is under way any more. */
  closed(client: Http2Client): void {
    this.clients.delete(client);
  }

  // ---- floods ----------------------------------------------------------------------------------------------------

  countReset(): void {
    this.judge(this.guard.reset());
  }

  countData(bytes: number, isUnread: boolean): void {
    this.judge(this.guard.data(bytes, isUnread));
  }

  readFrames(frames: number): void {
    if (frames > 0) this.guard.read(frames);
  }

  private judge(reason: string | undefined): void {
    if (reason === undefined || this.hasFault || this.isClosed) return;
    this.hasFault = true;
    this.port.refused({ client: this.remoteAddress, code: 'HTTP2_ABUSE', reason }, false);
    // Not in the middle of what nghttp2 is reading.
    setImmediate(() => this.session.destroy(new Error(reason), constants.NGHTTP2_ENHANCE_YOUR_CALM));
  }

  // ---- time ------------------------------------------------------------------------------------------------------

  sweep(now: number): void {
    for (const client of this.clients) client.sweep(now);
    if (this.looksAtMs <= now) {
      this.looksAtMs = now + LOOK_MS;
      this.judge(this.guard.judgeBytes(this.socket.bytesRead, this.socket.bytesWritten));
    }
    if (this.cutAtMs <= now) this.destroy();
    else if (this.idleEndsAtMs <= now && this.active === 0) this.end();
  }

  /**
   * The adapter stops: GOAWAY names the last request that was taken, and all of those are answered; what comes after it was not begun, and its client
   * may ask somebody else (RFC 9113, 6.8).
   *
   * - Without the notice that RFC 9113 would have before it: nghttp2 throws requests away behind a GOAWAY of any kind that Node can send, so that a
   *   notice would only make them wait.
   */
  drain(): void {
    if (this.isClosed || this.session.closed) return;
    this.end();
    for (const client of this.clients) client.closePolitely();
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /** Takes no further request, and ends with the last one. */
  private end(): void {
    this.idleEndsAtMs = Number.POSITIVE_INFINITY;
    if (this.active === 0) this.cutAtMs = this.now() + LINGER_MS;
    this.session.close();
  }

  destroy(): void {
    this.session.destroy();
    this.socket.destroy();
  }

  /** The client says nothing more, not even that it goes on reading: it gets what is there. */
  private onHalfClosed(): void {
    if (this.isClosed || this.session.destroyed) return;
    this.cutAtMs = this.now() + HALF_CLOSED_GRACE_MS;
    this.session.close();
  }

  private onError(error: NodeJS.ErrnoException): void {
    const fault = faultOf(error);
    if (!fault || this.hasFault) return;
    this.hasFault = true;
    this.port.refused({ client: this.remoteAddress, ...fault }, false);
  }

  private onClosed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.port.closed(this);
  }
}

function kindOf({ isUpgrade, headers }: RequestMessage): typeof Exchange {
  if (isUpgrade) return UpgradeExchange;
  return isGrpc(headers) ? GrpcExchange : Exchange;
}
