import { channel } from 'node:diagnostics_channel';
import type { RequestHandler, ResetCause, ResponseStream } from '@baton/channel';
import type { BodySink, BodySource } from '@baton/sdk/host';
import { enterApp } from '../app-scope.ts';
import { announceConnection, emitRequest } from './emit-request.ts';
import { readHopHeaders } from './hop-headers.ts';
import { makeRequest, makeResponse } from './make-messages.ts';
import { detachSignal, type HttpServer, type Incoming, type Outgoing, optimizesEmptyRequests } from './node-internals.ts';
import { RequestSocket } from './request-socket.ts';

const requestStarted = channel('http.server.request.start');
const responseFinished = channel('http.server.response.finish');

/** Gives a request to the app in place of its 'request' event. */
export interface Delivery {
  /** `leftMs`: time left for it, 0 = no limit; `expect`: its Expect header. */
  request(req: Incoming, res: Outgoing, leftMs: number, expect: string | undefined): void;
  upgrade(req: Incoming, res: Outgoing, leftMs: number, accept: (done: () => void) => void): void;
}

/** Keeps count of what a server has in flight. */
export interface ExchangeOwner {
  /** Takes requests to the app through its modules; undefined: they go to it as they are. */
  readonly delivery: Delivery | undefined;
  onClosed(exchange: Exchange): void;
}

/**
 * One request in the app: its IncomingMessage, its ServerResponse and the socket below both, bound to one stream of the channel.
 *
 * It does what Node's server does around its parser: the order of events, 100-continue, the dumping of unread bodies, abort and timeout follow
 * `_http_server.js` of Node 24. A socket serves one request; for the app it is a client that closes its connection after each response.
 */
export class Exchange implements RequestHandler, BodySource {
  readonly server: HttpServer;
  readonly stream: ResponseStream;
  readonly socket: RequestSocket;
  req!: Incoming;
  res!: Outgoing;
  /** Neighbours in the owner's list of what is in flight. */
  previous: Exchange | undefined = undefined;
  next: Exchange | undefined = undefined;
  isClosed = false;
  /** Bytes of the body go to a sink that keeps none of them. */
  borrows = false;

  readonly #owner: ExchangeOwner;
  #isRequestDone: boolean;
  #isResponseDone = false;
  #isEndSkipped = false;
  /** The stream is reset, by either side: nothing may be said on it any more. */
  #isReset = false;
  #sink: BodySink | undefined = undefined;

  /** `isBodyless`: no body comes, whatever the stream says (an upgrade that the server does not take). */
  constructor(server: HttpServer, stream: ResponseStream, owner: ExchangeOwner, isBodyless = stream.bodyless) {
    this.server = server;
    this.stream = stream;
    this.#owner = owner;
    this.#isRequestDone = isBodyless;
    this.socket = new RequestSocket(this);
  }

  /** Hands the request to the app. */
  start(): void {
    const { server, socket, stream } = this;
    const { head } = stream;
    const hop = readHopHeaders(head.headers, head.httpVersion);
    const req = makeRequest(server, socket, head);
    const res = makeResponse(server, req, hop.keepAlive);
    this.req = req;
    this.res = res;
    if (server.timeout) socket.setTimeout(server.timeout);
    if (server.listenerCount('connection') > 1) announceConnection(server, socket);
    if (requestStarted.hasSubscribers) requestStarted.publish({ request: req, response: res, socket, server });
    if (this.#isRequestDone && optimizesEmptyRequests(server)) {
      req._dumpAndCloseReadable();
      req._read();
    }
    res.assignSocket(socket as never);
    res.on('prefinish', onResponseEnded);
    res.on('finish', onResponseFinished);
    const { delivery } = this.#owner;
    if (delivery === undefined) emitRequest(server, req, res, hop.expect);
    else delivery.request(req, res, head.deadlineMs, hop.expect);
    if (this.#isRequestDone) this.#completeRequest(undefined);
  }

  // ---- the request's body (RequestHandler) ----------------------------------------------------------------------

  onData(chunk: Buffer): void {
    enterApp(this.#push, this, chunk);
  }

  #push(chunk: Buffer): void {
    const { req, socket } = this;
    if (this.#sink !== undefined) {
      socket.received(chunk.length);
      this.#sink.onBodyBytes(chunk);
      return;
    }
    const more = req._dumped || req.destroyed || req.push(chunk);
    socket.passed(chunk.length, more);
  }

  takeBody(sink: BodySink): boolean {
    const { req } = this;
    // A `push` of its own: somebody stands below the stream, as modules of RQ_READ_ENTITY do.
    const isUntouched =
      req.readableFlowing === null && req.readableLength === 0 && !req.complete && !req.destroyed && !Object.hasOwn(req, 'push');
    if (!isUntouched || req.listenerCount('data') + req.listenerCount('readable') > 0) return false;
    this.#sink = sink;
    this.borrows = true;
    return true;
  }

  bodyConsumed(bytes: number): void {
    if (!this.socket.destroyed) this.stream.consumed(bytes);
  }

  leaveBody(): void {
    this.#sink = undefined;
    this.borrows = false;
  }

  onEnd(trailers: readonly string[] | undefined): void {
    if (this.#isRequestDone) return;
    this.#isRequestDone = true;
    enterApp(this.#completeRequest, this, trailers);
    if (this.#isResponseDone) this.#close();
  }

  #completeRequest(trailers: readonly string[] | undefined): void {
    const { req } = this;
    req.complete = true;
    if (trailers) req._addHeaderLines(trailers, trailers.length);
    this.#sink?.onBodyEnd();
    this.#isEndSkipped = this.#canSkipEnd();
    if (!this.#isEndSkipped) req.push(null);
  }

  /** A request without a body whose response is out and to which nobody listens: no 'end' or 'close' can be missed. */
  #canSkipEnd(): boolean {
    return this.res.finished && this.req._eventsCount === 0 && this.stream.bodyless;
  }

  onCredit(): void {
    enterApp(this.#settle, this, undefined);
  }

  #settle(): void {
    this.socket.settle();
  }

  onReset(_cause: ResetCause, _text: string): void {
    this.#isReset = true;
    if (!this.socket.destroyed) this.#breakOff(null);
  }

  // ---- the response ---------------------------------------------------------------------------------------------

  /** Node has rendered the response's last byte. */
  responseEnded(): void {
    if (this.socket.destroyed || this.#isReset) return;
    if (!this.socket.endResponse()) this.socket.destroy();
  }

  /** All of it is on its way: the first listener of 'finish', so that the app's own ones find what they find in Node. */
  responseFinished(): void {
    const { req, res, socket, server } = this;
    if (responseFinished.hasSubscribers) responseFinished.publish({ request: req, response: res, socket, server });
    detachSignal(req);
    // Node sets the keep-alive timeout in its place, which is the listener's business here.
    if (socket.timeout) socket.setTimeout(0);
    if (this.#canSkipEnd()) {
      req._dumpAndCloseReadable();
    } else {
      // Somebody began to listen after the response had ended and before it was out.
      if (this.#isEndSkipped) req.push(null);
      if (!req._consuming && !req._readableState.resumeScheduled) req._dump();
    }
    res.detachSocket(socket as never);
    this.#isResponseDone = true;
    process.nextTick(closeResponse, this);
  }

  /** Says 'close' on the response, once, and ends the exchange when the request is complete too. */
  closeResponse(): void {
    const { res } = this;
    if (!res._closed) {
      res.destroyed = true;
      res._closed = true;
      res.emit('close');
    }
    if (this.#isRequestDone) this.#close();
  }

  // ---- the end --------------------------------------------------------------------------------------------------

  /** The app ends the connection under the response. */
  endRaw(): void {
    if (!this.#isResponseDone && this.socket.endRaw()) {
      this.#isResponseDone = true;
      if (this.#isRequestDone) return void this.#breakOff(null);
    }
    this.destroy(null);
  }

  /** The app destroys the connection: the client's is broken unless its response is complete. */
  destroy(error: Error | null): void {
    if (this.socket.destroyed) return;
    if (!this.#isReset && !(this.#isResponseDone && this.#isRequestDone)) {
      this.#isReset = true;
      this.stream.reset('APP_ABORTED', error?.message);
    }
    this.#breakOff(error);
  }

  #breakOff(error: Error | null): void {
    this.socket.markDestroyed(error);
    if (error) process.nextTick(tellError, this, error);
    setImmediate(tellClose, this);
  }

  /** 'error' on the socket goes to the server as 'clientError' first, as in Node. */
  tellError(error: Error): void {
    this.socket._hadError = true;
    this.server.emit('clientError', error, this.socket);
    if (this.socket.listenerCount('error') > 0) this.socket.emit('error', error);
  }

  /** What a closed connection means: the request is aborted, then the response and the app hear 'close'. */
  tellClose(): void {
    if (this.isClosed) return;
    const wasOpen = !this.#isResponseDone;
    this.#isResponseDone = true;
    this.#isRequestDone = true;
    if (wasOpen) this.req.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    this.#close();
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { socket } = this;
    const isOrderly = !socket.destroyed;
    if (isOrderly) socket.markDestroyed(null);
    this.#owner.onClosed(this);
    if (socket.listenerCount('close') === 0) return;
    // The connection's end comes after the request's own, as it does over TCP.
    if (isOrderly) setImmediate(emitSocketClose, socket);
    else socket.emit('close', socket._hadError);
  }

  onTimeout(): void {
    const { req, res, server, socket } = this;
    const isHeard = [
      !req.complete && req.emit('timeout', socket),
      !this.#isResponseDone && res.emit('timeout', socket),
      server.emit('timeout', socket as never),
    ];
    if (!isHeard.includes(true)) socket.destroy();
    socket.emit('timeout');
  }
}

/** The exchange below a response; absent when the app took the socket off it. */
const exchangeOf = (response: Outgoing): Exchange | undefined => (response.socket as unknown as RequestSocket | null)?.exchange;

function onResponseEnded(this: Outgoing): void {
  exchangeOf(this)?.responseEnded();
}

function onResponseFinished(this: Outgoing): void {
  exchangeOf(this)?.responseFinished();
}

function closeResponse(exchange: Exchange): void {
  exchange.closeResponse();
}

function emitSocketClose(socket: RequestSocket): void {
  socket.emit('close', socket._hadError);
}

function tellError(exchange: Exchange, error: Error): void {
  exchange.tellError(error);
}

function tellClose(exchange: Exchange): void {
  exchange.tellClose();
}
