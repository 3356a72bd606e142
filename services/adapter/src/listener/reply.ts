import { STATUS_CODES } from 'node:http';
import type { Framing, ResponseHead } from '@baton/channel';
import type { ClientReply, ReplyFault } from '../forward/client-reply.ts';
import type { Refusal } from '../forward/refusal.ts';
import { HeldOutput, type Output } from './output.ts';
import type { RequestMessage } from './request-message.ts';
import { areTrailersValid, readBlock } from './response-block.ts';

const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Writes one response to a client of HTTP/1.1 or HTTP/1.0, and holds it to the framing its head announced.
 *
 * - Every method returns a fault instead of writing what would put the client's connection out of step.
 * - Until it is the reply's turn (pipelining), what it is given is kept; the channel's credit bounds it.
 */
export class Reply implements ClientReply {
  status = 0;
  /** Body bytes written, without chunk framing. */
  bytes = 0;
  isEnded = false;
  /** The connection ends after this response. */
  closes = false;
  /** An interim response was written. */
  hasInterim = false;
  private hasContinued = false;
  private framing: Framing = 'none';
  /** Body bytes that Content-Length still promises. */
  private left = 0;
  private readonly message: RequestMessage;
  private writer: Output;

  /** `writer` is undefined while responses to earlier requests of the connection are not complete. */
  constructor(message: RequestMessage, writer: Output | undefined) {
    this.message = message;
    this.closes = !message.keepsAlive;
    this.writer = writer ?? new HeldOutput();
  }

  /** It is this reply's turn: what was kept goes out. */
  takeTurn(writer: Output): void {
    if (this.writer instanceof HeldOutput) this.writer.release(writer);
    this.writer = writer;
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
    const block = readBlock(head.headers);
    if (block.fault) return block.fault;
    this.hasInterim = true;
    if (head.status === 100) this.hasContinued = true;
    if (this.message.minor === 1) this.writer.write(`${statusLine(head)}${head.headers}\r\n`);
    return undefined;
  }

  /** `extra`: header lines of the adapter; `keepAlive`: the lines for a connection that stays. */
  head(head: ResponseHead, requestId: string, extra: string, keepAlive: string): ReplyFault | undefined {
    if (this.isStarted) return 'a second response head';
    if (head.status === 101 && this.message.isUpgrade) return this.switchProtocols(head, requestId, extra);
    if (head.status < 200 || head.status > 999) return `a response with status ${head.status}`;
    if (!REASON.test(head.reason)) return 'an invalid reason phrase';
    const block = readBlock(head.headers);
    if (block.fault) return block.fault;
    const { message } = this;
    let framing = head.framing;
    let lines = '';
    const isBodyless = message.method === 'HEAD' || head.status === 204 || head.status === 304;
    if (isBodyless) {
      // An app may announce to HEAD how it would send the body; nothing follows.
      if (framing === 'chunked' && message.method === 'HEAD' && message.minor === 1) lines = 'Transfer-Encoding: chunked\r\n';
      framing = 'none';
    } else if (framing === 'length') {
      if (block.contentLength < 0) return 'a body by length without Content-Length';
      this.left = block.contentLength;
    } else if (framing === 'none') {
      if (block.contentLength > 0) return 'no body although Content-Length announces one';
      if (block.contentLength < 0) lines = 'Content-Length: 0\r\n';
    } else if (block.contentLength >= 0) return 'Content-Length beside another framing';
    else if (message.minor === 0) framing = 'close';
    else if (framing === 'chunked') lines = 'Transfer-Encoding: chunked\r\n';
    // A client that was never told to continue may or may not send its body: nobody could tell where the next request begins.
    if (framing === 'close' || head.close || (message.expectsContinue && !this.hasContinued)) this.closes = true;
    this.framing = framing;
    this.status = head.status;
    const id = block.hasRequestId ? '' : `x-request-id: ${requestId}\r\n`;
    this.writer.write(`${statusLine(head)}${head.headers}${id}${extra}${this.closes ? 'Connection: close\r\n' : keepAlive}${lines}\r\n`);
    return undefined;
  }

  /** Connection and Upgrade are between this client and us, so the line that the worker leaves out is written here; Upgrade is among its lines. */
  private switchProtocols(head: ResponseHead, requestId: string, extra: string): ReplyFault | undefined {
    const block = readBlock(head.headers);
    if (block.fault) return block.fault;
    if (!REASON.test(head.reason)) return 'an invalid reason phrase';
    this.framing = 'close';
    this.closes = true;
    this.status = head.status;
    const id = block.hasRequestId ? '' : `x-request-id: ${requestId}\r\n`;
    this.writer.write(`${statusLine(head)}${head.headers}Connection: Upgrade\r\n${id}${extra}\r\n`);
    return undefined;
  }

  /** False: the client does not keep up. A string: a fault. */
  data(chunk: Buffer): boolean | ReplyFault {
    if (!this.isStarted) return 'body bytes before the head';
    const { length } = chunk;
    if (length === 0) return true;
    switch (this.framing) {
      case 'none':
        return 'body bytes in a response without a body';
      case 'length':
        if (length > this.left) return 'more body bytes than Content-Length announced';
        this.left -= length;
        break;
      case 'chunked': {
        this.bytes += length;
        this.writer.write(`${length.toString(16)}\r\n`);
        const isRoomLeft = this.writer.writeChunk(chunk);
        this.writer.write('\r\n');
        return isRoomLeft;
      }
    }
    this.bytes += length;
    return this.writer.writeChunk(chunk);
  }

  end(trailers: readonly string[] | undefined): ReplyFault | undefined {
    if (!this.isStarted) return 'a response without a head';
    if (this.framing === 'length' && this.left > 0) return `a body ${this.left} bytes shorter than Content-Length announced`;
    if (this.framing === 'chunked') this.writer.write(trailers ? lastChunk(trailers) : '0\r\n\r\n');
    this.isEnded = true;
    return undefined;
  }

  /** Writes a whole response of the adapter's own. */
  refuse({ status, lines, body, isHead }: Refusal, connectionLines: string): void {
    this.status = status;
    const head = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n${lines}${connectionLines}Content-Length: ${body.length}\r\n\r\n`;
    this.writer.write(isHead ? head : head + body);
    this.isEnded = true;
  }

  /** A truncated body that only the end of the connection delimits has to be seen as broken. */
  get needsReset(): boolean {
    return this.isStarted && !this.isEnded && this.framing === 'close';
  }
}

function statusLine(head: ResponseHead): string {
  if (head.status === 200 && head.reason === 'OK') return 'HTTP/1.1 200 OK\r\n';
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
}

function lastChunk(trailers: readonly string[]): string {
  if (!areTrailersValid(trailers)) return '0\r\n\r\n';
  let lines = '0\r\n';
  for (let i = 0; i < trailers.length; i += 2) lines += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
  return `${lines}\r\n`;
}

/** Usual reason phrase of a status, for the adapter's own responses. */
export const reasonOf = (status: number): string => STATUS_CODES[status] ?? 'Unknown';
