import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_SUCCESS } from '../constants/error-codes.ts';
import type { ChildHead } from '../context/child/child-head.ts';
import { type ReadFields, readHeaderFields } from './header-fields.ts';
import { refused } from './refused.ts';
import type { HeaderFields } from './requests.ts';
import { readStatusLine, reasonOf, type StatusLine } from './status-line.ts';

const NO_FIELDS: ReadFields = { pairs: [], contentLength: -1, body: undefined };

/**
 * The response of an extension; one at a time, reused.
 *
 * - The head is kept until the first byte of the body, the end, or `isFlushing`.
 * - Counts the body against the Content-Length that the head promises: more is refused, less breaks the connection at the end.
 */
export class Output {
  /** Status of a head that the host has to write by itself. */
  statusCode = 200;
  /** Heads go out at once. */
  isFlushing = false;
  /** Where the connection would be closed it is reset. */
  isAbortive = false;
  /** Why nothing can be sent any more: ERROR_OPERATION_ABORTED, ERROR_NETNAME_DELETED; 0 = it can. */
  gone = ERROR_SUCCESS;
  /** Bytes of the body that were given to the response. */
  sent = 0;
  #res: ServerResponse | undefined = undefined;
  #isBodyless = false;
  #status: StatusLine | undefined = undefined;
  #fields = NO_FIELDS;
  #closes = false;
  #isHeadOut = false;
  /** What forbids further sends. */
  #lastSend: string | undefined = undefined;
  /** A send ended in its midst. */
  #isCut = false;
  #isChildAnswering = false;

  open(res: ServerResponse, method: string): void {
    this.#res = res;
    this.#isBodyless = method === 'HEAD';
  }

  close(): void {
    this.#res = undefined;
    this.statusCode = 200;
    this.isFlushing = false;
    this.isAbortive = false;
    this.gone = ERROR_SUCCESS;
    this.sent = 0;
    this.#isBodyless = false;
    this.#status = undefined;
    this.#fields = NO_FIELDS;
    this.#closes = false;
    this.#isHeadOut = false;
    this.#lastSend = undefined;
    this.#isCut = false;
    this.#isChildAnswering = false;
  }

  /** An answer to HEAD, or 204 or 304: what is sent of a body is dropped. */
  get isBodyless(): boolean {
    return this.#isBodyless;
  }

  get hasHead(): boolean {
    return this.#status !== undefined;
  }

  get isConnected(): boolean {
    const res = this.#res;
    return this.gone === ERROR_SUCCESS && res !== undefined && !res.destroyed && res.socket?.destroyed === false;
  }

  get isKeepAlive(): boolean {
    return this.#res?.shouldKeepAlive === true;
  }

  // ---- the head ---------------------------------------------------------------------------------------------------

  /**
   * Reads a head, with the bytes of the body that stand behind its text, and keeps it. `bytes` of the body go out with it.
   * Throws ERROR_INVALID_PARAMETER; nothing is changed then.
   */
  setHead(status: string, fields: HeaderFields | Uint8Array | undefined, keepConn: boolean, bytes = 0): void {
    this.mustTake(0);
    if (this.hasHead || this.sent > 0) throw refused('a head was sent before: a response has one');
    const line = readStatusLine(status);
    const read = readHeaderFields(fields);
    const isBodyless = this.#isBodyless || line.code === 204 || line.code === 304;
    if (!isBodyless) mustFit((read.body?.length ?? 0) + bytes, read.contentLength);
    this.#isBodyless = isBodyless;
    this.#status = line;
    this.#fields = read;
    this.#closes ||= !keepConn;
    this.statusCode = line.code;
  }

  /** Bytes of the body that the head brings with it. */
  get bytesBehindHead(): number {
    return this.#isHeadOut ? 0 : (this.#fields.body?.length ?? 0);
  }

  /** Writes the head, if it is not out; `total` = length of the body where this send is all of it. */
  commitHead(total = -1): void {
    if (this.#isHeadOut || this.gone) return;
    this.#isHeadOut = true;
    const res = this.#res!;
    if (res.headersSent) return;
    const { code, reason } = this.#statusLine;
    const { contentLength, body } = this.#fields;
    const pairs = [...this.#fields.pairs];
    if (total >= 0 && contentLength < 0 && code !== 204 && code !== 304) pairs.push('Content-Length', String(total));
    if (this.#closes) {
      res.shouldKeepAlive = false;
      pairs.push('Connection', 'close');
    }
    res.writeHead(code, reason, pairs);
    if (body) this.write(body, ignore);
    else if (this.isFlushing) res.flushHeaders();
  }

  // ---- the body ---------------------------------------------------------------------------------------------------

  /** Throws when so many bytes of the body cannot be sent. */
  mustTake(bytes: number): void {
    if (!this.gone && this.#res!.writableEnded)
      throw refused('the response has been ended, by a child request or a module: end the session');
    if (this.#lastSend !== undefined) throw refused(`nothing may be sent behind ${this.#lastSend}: end the session`);
    if (!this.#isBodyless) mustFit(this.sent + this.bytesBehindHead + bytes, this.#fields.contentLength);
  }

  /** A child request answers in this one's place, head included: only the end is left to do. */
  handOver(): void {
    this.#isHeadOut = true;
    this.#isChildAnswering = true;
  }

  /** Its head. */
  commitChild({ statusCode, reason, fields, contentLength }: ChildHead): void {
    const pairs = contentLength === undefined ? [...fields] : [...fields, 'Content-Length', contentLength];
    this.#status = { code: statusCode, reason };
    this.#fields = { pairs, contentLength: contentLength === undefined ? -1 : Number(contentLength), body: undefined };
    this.#isBodyless ||= statusCode === 204 || statusCode === 304;
    this.statusCode = statusCode;
    this.#isHeadOut = false;
    this.commitHead();
  }

  /** It has failed. Before its head the extension may answer in its place; behind it nobody can go on. */
  endChild(isWhole: boolean): void {
    this.#isChildAnswering = false;
    if (isWhole) return;
    if (this.hasHead) this.#isCut = true;
    else this.#isHeadOut = false;
  }

  /** Gives bytes to the response. `done` is told when they are not needed any more. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    if (bytes.length === 0) return void process.nextTick(done);
    this.commitHead();
    this.sent += bytes.length;
    if (this.#isBodyless) process.nextTick(done);
    else this.#res!.write(bytes, done);
  }

  /** Marks this send as the last: `flag` names what said so. `disconnects`: the connection closes behind it. */
  markLast(flag: string, disconnects: boolean): void {
    this.#lastSend = flag;
    if (disconnects) this.#closes = true;
  }

  /** Ends the response behind the last send. */
  endLast(): void {
    if (this.#lastSend === undefined || this.gone) return;
    if (this.#isShort()) this.breakOff();
    else this.#end();
  }

  setNoDelay(): void {
    this.#res?.socket?.setNoDelay(true);
  }

  // ---- the end ----------------------------------------------------------------------------------------------------

  /** A send has ended in its midst: the response cannot be completed any more. */
  markCut(): void {
    this.#isCut = true;
  }

  /** Ends the response with the session. False: fewer bytes went out than the head promised, or a send was cut, and the connection was broken. */
  finish(): boolean {
    if (this.gone || this.#res!.writableEnded) return true;
    if (this.#isCut || this.#isChildAnswering || this.#isShort()) {
      this.breakOff();
      return false;
    }
    if (this.isAbortive) {
      this.#resetWhenOut();
      return true;
    }
    this.#end();
    return true;
  }

  /** The extension failed: 500 while nothing is out, else the connection is broken, unless all that was promised went out. */
  fail(): void {
    if (this.gone || this.#res!.writableEnded) return;
    if (this.#isHeadOut || this.#res!.headersSent) {
      const isWhole = this.#isHeadOut && !this.#isCut && this.#fields.contentLength === this.sent;
      if (isWhole) this.#end();
      else this.breakOff();
      return;
    }
    this.statusCode = 500;
    this.#status = undefined;
    this.#fields = { pairs: ['Content-Length', '0'], contentLength: 0, body: undefined };
    this.#end();
  }

  /** Closes the client's connection now. */
  breakOff(): void {
    const res = this.#res;
    if (res === undefined) return;
    const socket = res.socket as Socket | null;
    if (this.isAbortive && socket && !socket.destroyed) socket.resetAndDestroy();
    else res.destroy();
  }

  /** That of the head, or of one that the host has to write by itself. */
  get #statusLine(): StatusLine {
    return this.#status ?? { code: this.statusCode, reason: reasonOf(this.statusCode) };
  }

  #isShort(): boolean {
    const { contentLength } = this.#fields;
    return contentLength >= 0 && !this.#isBodyless && this.sent + this.bytesBehindHead < contentLength;
  }

  #end(): void {
    const res = this.#res!;
    if (this.#isHeadOut || this.bytesBehindHead > 0) this.commitHead();
    else this.#offerHead(res);
    // The head went out before anybody knew that the connection has to close.
    if (this.#closes && res.shouldKeepAlive) res.once('close', closeSocket.bind(undefined, res.socket));
    res.end();
  }

  /** The head of a response without a body of its own: Node gives it the length of what is there, and modules may have put something there. */
  #offerHead(res: ServerResponse): void {
    this.#isHeadOut = true;
    if (res.headersSent) return;
    const { code, reason } = this.#statusLine;
    const { pairs } = this.#fields;
    res.statusCode = code;
    res.statusMessage = reason;
    for (let index = 0; index < pairs.length; index += 2) res.removeHeader(pairs[index]!);
    for (let index = 0; index < pairs.length; index += 2) res.appendHeader(pairs[index]!, pairs[index + 1]!);
    if (!this.#closes) return;
    res.shouldKeepAlive = false;
    res.setHeader('Connection', 'close');
  }

  #resetWhenOut(): void {
    this.commitHead();
    const res = this.#res!;
    const { socket } = res;
    // The bytes before it are given to the connection first; what the client gets of them is its own luck, as with any reset.
    res.write('', () => (socket as Socket | null)?.resetAndDestroy());
  }
}

function closeSocket(socket: ServerResponse['socket']): void {
  socket?.end();
}

function mustFit(bytes: number, contentLength: number): void {
  if (contentLength < 0 || bytes <= contentLength) return;
  throw refused(`the head promises ${contentLength} bytes and this send would make it ${bytes}: correct Content-Length`);
}

function ignore(): void {}
