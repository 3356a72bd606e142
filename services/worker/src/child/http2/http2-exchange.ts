import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { RequestHandler, ResetCause, ResponseStream } from '@baton/channel';
import type { AppSession } from './app-session.ts';
import { requestFields } from './request-fields.ts';
import { requestTrailers } from './request-trailers.ts';
import { responseHead } from './response-head.ts';

const END_STREAM = 1;
const NO_ERROR = 0;
const INTERNAL_ERROR = 2;
const REFUSED_STREAM = 7;
const CANCEL = 8;

/** Told of the end of each request. */
export interface Http2ExchangeOwner {
  onClosed(exchange: Http2Exchange): void;
}

/**
 * One request in an app's server of HTTP/2: a stream of a session in this process on the one side, a stream of the channel on the other.
 *
 * - Body bytes, their pace, trailers and resets go through in both directions, so that what the app's library says with them (a status of gRPC, a
 *   cancelled call) means the same to the client.
 */
export class Http2Exchange implements RequestHandler {
  readonly session: AppSession;
  private readonly stream: ResponseStream;
  private readonly owner: Http2ExchangeOwner;
  private readonly request: ClientHttp2Stream;
  /** Body bytes given to the app's side and not given back as credit. */
  private owed = 0;
  private trailersIn: readonly string[] | undefined = undefined;
  private trailersOut: readonly string[] | undefined = undefined;
  private isStarted = false;
  private isEnded = false;
  private isReset = false;

  /** Throws when Node cannot send such a head in HTTP/2, or the session takes no more; nothing has reached the app then. */
  constructor(session: AppSession, stream: ResponseStream, isBodyless: boolean, owner: Http2ExchangeOwner) {
    this.session = session;
    this.stream = stream;
    this.owner = owner;
    const fields = requestFields(stream.head);
    const { client } = session;
    this.request = client.request(fields as never, { endStream: isBodyless, waitForTrailers: !isBodyless });
    this.listen();
  }

  private listen(): void {
    const { request } = this;
    request.on('headers', (_fields: IncomingHttpHeaders, flags: number, raw: readonly string[]) => this.onInterim(flags, raw));
    request.on('response', (_fields: IncomingHttpHeaders, flags: number, ...rest: unknown[]) =>
      this.onResponse(flags, rest[0] as readonly string[]),
    );
    request.on('trailers', (_fields: IncomingHttpHeaders, _flags: number, ...rest: unknown[]) => {
      this.trailersOut = rest[0] as readonly string[];
    });
    request.on('drain', () => this.repay());
    request.on('wantTrailers', () => this.sendTrailers());
    request.on('error', () => {});
    request.on('close', () => this.onClosed());
  }

  // ---- the request (RequestHandler) -----------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    const { request, stream } = this;
    // The app has answered and wants no more of it.
    if (request.destroyed || request.closed || request.writableEnded) stream.consumed(chunk.length);
    else if (request.write(chunk) && this.owed === 0) stream.consumed(chunk.length);
    else this.owed += chunk.length;
  }

  private repay(): void {
    const { owed } = this;
    this.owed = 0;
    if (owed > 0 && !this.isReset) this.stream.consumed(owed);
  }

  onEnd(trailers: readonly string[] | undefined): void {
    this.trailersIn = trailers;
    if (!this.request.destroyed && !this.request.closed) this.request.end();
  }

  private sendTrailers(): void {
    try {
      this.request.sendTrailers(requestTrailers(this.trailersIn));
    } catch {
      // They are a client's: what Node refuses of them ends this request and nothing else.
      this.request.close(INTERNAL_ERROR);
    }
  }

  onReset(_cause: ResetCause, _text: string): void {
    this.isReset = true;
    this.request.close(CANCEL);
    // What waited to be read would keep the stream.
    this.request.resume();
  }

  onCredit(): void {
    this.request.resume();
  }

  // ---- the response ---------------------------------------------------------------------------------------------

  private onInterim(flags: number, raw: readonly string[]): void {
    if (!this.isReset && !this.isStarted) this.stream.interim(responseHead(raw, (flags & END_STREAM) !== 0));
  }

  private onResponse(flags: number, raw: readonly string[]): void {
    if (this.isReset) return;
    this.isStarted = true;
    const { request, stream } = this;
    stream.sendHead(responseHead(raw, (flags & END_STREAM) !== 0));
    // Not before: Node tells bytes as they come, and the head a tick later.
    request.on('data', (chunk: Buffer) => {
      if (!this.isReset && !stream.write(chunk)) request.pause();
    });
    request.on('end', () => this.onResponseEnd());
  }

  private onResponseEnd(): void {
    // Node says 'end' also for a stream that was reset.
    if (this.isReset || this.isEnded || !this.isStarted || this.request.rstCode !== NO_ERROR) return;
    this.isEnded = true;
    this.stream.end(this.trailersOut);
  }

  private onClosed(): void {
    this.repay();
    if (!this.isEnded && !this.isReset) {
      this.isReset = true;
      const { rstCode } = this.request;
      if (rstCode === REFUSED_STREAM && !this.isStarted) this.stream.reset('NOT_BEGUN', 'the app refused the stream');
      else this.stream.reset('APP_ABORTED', `the app reset the stream with code ${rstCode}`);
    }
    this.owner.onClosed(this);
  }

  /** The worker ends: the app's side hears that the client is gone. */
  destroy(): void {
    this.request.close(CANCEL);
  }
}
