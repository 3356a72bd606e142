import { type AppOperation, FLUSH_HEADERS, WRITE } from './app-operation.ts';
import { nativeOf, PLACEHOLDER, type RawResponse } from './raw-response.ts';

/** What Node has of one response, and the calls of Node's own methods by which it gets more, below whatever stands on the response. */
export class NodeOutput {
  readonly res: RawResponse;
  /** Status and headers are rendered: nobody can change them any more. */
  isHeadOut = false;
  /** The app has given a head; it may still be changed by modules. */
  protected isHeadGiven = false;
  #statusCode = 0;
  #reason = '';
  /** The last byte has been given to Node. */
  isEnded = false;
  /** What Node answered to the last write. */
  protected hasRoom = true;

  constructor(res: RawResponse) {
    this.res = res;
  }

  /** Gives one operation to Node. */
  perform(kind: number, chunk: AppOperation['chunk'], encoding: AppOperation['encoding'], callback: AppOperation['callback']): boolean {
    const { res } = this;
    this.uncoverHead();
    if (kind === WRITE) return this.write(chunk!, encoding, callback);
    if (kind === FLUSH_HEADERS) {
      nativeOf(res).flushHeaders.call(res);
      return true;
    }
    this.isEnded = true;
    res.finished = false;
    nativeOf(res).end.call(res, chunk, encoding as BufferEncoding, callback as () => void);
    return true;
  }

  /** Gives bytes to Node. An app that has ended its response sees it ended, also while this is still to come. */
  write(chunk: string | Uint8Array, encoding: AppOperation['encoding'], callback: AppOperation['callback']): boolean {
    const { res } = this;
    const { finished } = res;
    res.finished = false;
    try {
      this.hasRoom = nativeOf(res).write.call(res, chunk, encoding as BufferEncoding, callback as () => void);
    } finally {
      res.finished = finished;
    }
    return this.hasRoom;
  }

  /** The app gives its head: for the app it is out, and what it makes of `statusCode` from here on changes nothing, as in Node. */
  giveHead(): void {
    this.isHeadGiven = true;
    this.keepStatus();
  }

  /** The response's status is that of its head. */
  keepStatus(): void {
    this.#statusCode = this.res.statusCode;
    this.#reason = this.res.statusMessage;
  }

  /** Undoes what the app has made of its status since it gave its head. */
  restoreStatus(): void {
    if (!this.isHeadGiven || this.isHeadOut) return;
    this.res.statusCode = this.#statusCode;
    this.res.statusMessage = this.#reason;
  }

  /** From here on Node renders the head when it needs it, and no module can change it. */
  uncoverHead(): void {
    if (this.isHeadOut) return;
    this.restoreStatus();
    this.isHeadOut = true;
    if (this.res._header === PLACEHOLDER) this.res._header = null;
  }
}
