import type { ServerHttp2Stream } from 'node:http2';
import type { Framing, ResponseHead } from '@baton/channel';
import type { ClientReply, ReplyFault } from '../../forward/client-reply.ts';
import type { Refusal } from '../../forward/refusal.ts';
import { areTrailersValid, readBlock } from '../response-block.ts';
import { fieldsOf, objectOf, trailersOf } from './response-fields.ts';

const INTERNAL_ERROR = 2;

/**
 * Writes one response to a stream of HTTP/2, and holds it to what its head announced.
 *
 * - A stream that is gone takes everything and says nothing: its client's leave comes as an event of its own.
 */
export class Http2Reply implements ClientReply {
  status = 0;
  bytes = 0;
  hasInterim = false;
  closes = false;
  private framing: Framing = 'none';
  /** Body bytes that Content-Length still promises. */
  private left = 0;
  private trailers: readonly string[] | undefined = undefined;
  private readonly stream: ServerHttp2Stream;
  private readonly isHead: boolean;
  private readonly isConnect: boolean;

  constructor(stream: ServerHttp2Stream, isHead: boolean, isConnect = false) {
    this.stream = stream;
    this.isHead = isHead;
    this.isConnect = isConnect;
  }

  get isStarted(): boolean {
    return this.status !== 0;
  }

  get isWhole(): boolean {
    return this.isStarted && (this.framing === 'none' || (this.framing === 'length' && this.left === 0));
  }

  interim(head: ResponseHead): ReplyFault | undefined {
    if (this.isStarted) return 'an interim response after the final head';
    if (head.status < 100 || head.status > 199 || head.status === 101) return `an interim response with status ${head.status}`;
    const { fault } = readBlock(head.headers);
    if (fault) return fault;
    this.hasInterim = true;
    if (this.isGone) return undefined;
    return attempt(() => this.stream.additionalHeaders({ ...objectOf(fieldsOf(head.headers)), ':status': head.status }));
  }

  head(head: ResponseHead, requestId: string, extra: string, _connectionLines: string): ReplyFault | undefined {
    if (this.isStarted) return 'a second response head';
    if (head.status === 101 && this.isConnect) return this.connect(head, requestId, extra);
    // HTTP/2 has no place for other numbers, and Node refuses them.
    if (head.status < 200 || head.status > 599) return `a response with status ${head.status}`;
    const block = readBlock(head.headers);
    if (block.fault) return block.fault;
    const { framing } = head;
    const isBodyless = this.isHead || head.status === 204 || head.status === 304 || framing === 'none';
    if (!isBodyless && framing === 'length' && block.contentLength < 0) return 'a body by length without Content-Length';
    if (!isBodyless && framing !== 'length' && block.contentLength >= 0) return 'Content-Length beside another framing';
    if (framing === 'none' && !this.isHead && head.status !== 304 && block.contentLength > 0)
      return 'no body although Content-Length announces one';
    this.framing = isBodyless ? 'none' : framing;
    this.left = this.framing === 'length' ? block.contentLength : 0;
    const fields = [':status', String(head.status), ...fieldsOf(head.headers)];
    if (!block.hasRequestId) fields.push('x-request-id', requestId);
    if (extra !== '') fields.push(...fieldsOf(extra));
    const fault = this.respond(fields, isBodyless, this.framing === 'chunked' || this.framing === 'close');
    if (fault === undefined) this.status = head.status;
    return fault;
  }

  /** An extended CONNECT that is taken is answered with 200 (RFC 8441, 4), and without the answer to a key that its client never sent (5.1). */
  private connect(head: ResponseHead, requestId: string, extra: string): ReplyFault | undefined {
    const block = readBlock(head.headers);
    if (block.fault) return block.fault;
    const lines = head.headers.replace(/^sec-websocket-accept:.*\r\n/gim, '');
    const fields = [':status', '200', ...fieldsOf(lines)];
    if (!block.hasRequestId) fields.push('x-request-id', requestId);
    if (extra !== '') fields.push(...fieldsOf(extra));
    const fault = this.respond(fields, false, false);
    if (fault !== undefined) return fault;
    this.framing = 'close';
    this.status = 200;
    return undefined;
  }

  data(chunk: Buffer): boolean | ReplyFault {
    if (!this.isStarted) return 'body bytes before the head';
    const { length } = chunk;
    if (length === 0) return true;
    if (this.framing === 'none') return 'body bytes in a response without a body';
    if (this.framing === 'length') {
      if (length > this.left) return 'more body bytes than Content-Length announced';
      this.left -= length;
    }
    this.bytes += length;
    return this.isGone ? false : this.stream.write(chunk);
  }

  end(trailers: readonly string[] | undefined): ReplyFault | undefined {
    if (!this.isStarted) return 'a response without a head';
    if (this.framing === 'length' && this.left > 0) return `a body ${this.left} bytes shorter than Content-Length announced`;
    if (trailers && areTrailersValid(trailers)) this.trailers = trailers;
    if (this.framing !== 'none' && !this.isGone) this.stream.end();
    return undefined;
  }

  /** Everything else of the response was written: the stream ends with the trailers. */
  sendTrailers(): void {
    if (this.isGone) return;
    const fault = attempt(() => this.stream.sendTrailers(this.trailers ? trailersOf(this.trailers) : {}));
    // Without them the response may mean something else: a call of gRPC has its status there.
    if (fault !== undefined) this.stream.close(INTERNAL_ERROR);
  }

  refuse({ status, lines, body }: Refusal, _connectionLines: string): void {
    this.status = status;
    const fields = [':status', String(status), ...fieldsOf(lines), 'content-length', String(body.length)];
    this.respond(fields, this.isHead, false);
    if (!this.isHead && !this.isGone) this.stream.end(body, 'latin1');
  }

  private respond(fields: string[], endStream: boolean, waitForTrailers: boolean): ReplyFault | undefined {
    if (this.isGone) return undefined;
    return attempt(() => this.stream.respond(fields, { endStream, waitForTrailers, sendDate: false } as object));
  }

  private get isGone(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }
}

/** Node refuses what HTTP/2 does not allow by throwing. */
function attempt(write: () => void): ReplyFault | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
