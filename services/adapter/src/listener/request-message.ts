/**
 * Head of a request as the parser read it: strings for the channel, and the facts that routing, framing and admission need.
 */
export class RequestMessage {
  method = '';
  target = '';
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  minor = 1;
  /** It is a stream of HTTP/2; its head is kept in the form of HTTP/1.1. */
  isHttp2 = false;
  /** Raw pairs as in IncomingMessage.rawHeaders, latin-1. */
  headers: string[] = [];
  /** Value of Host; undefined when the header is missing. */
  host: string | undefined = undefined;
  /** Declared length of the body, bytes; -1 when there is none. */
  contentLength = -1;
  isChunked = false;
  /** The client wants the connection kept after the response. */
  keepsAlive = true;
  expectsContinue = false;
  /** Value of x-request-id, unchecked. */
  requestId: string | undefined = undefined;
  /** Value of traceparent, unchecked. */
  traceparent: string | undefined = undefined;
  /** The client sent an x-forwarded-* field, so that admission has to look at the pairs. */
  hasForwarded = false;
  /** Protocols of the Upgrade field, where the request may become another protocol's connection. */
  upgrade: string | undefined = undefined;
  /** Size of the head with its line ends, bytes. */
  headBytes = 0;

  /** As network.protocol.version names it. */
  get version(): '1.0' | '1.1' | '2' {
    return this.isHttp2 ? '2' : this.minor === 1 ? '1.1' : '1.0';
  }

  get isUpgrade(): boolean {
    return this.upgrade !== undefined;
  }

  get hasBody(): boolean {
    return this.isChunked || this.contentLength > 0;
  }
}
