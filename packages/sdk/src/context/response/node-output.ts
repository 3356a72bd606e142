import { type AppOperation, FLUSH_HEADERS, WRITE } from './app-operation.ts';
import { nativeOf, PLACEHOLDER, type RawResponse } from './raw-response.ts';

/** What Node has of one response, and the calls of Node's own methods by which it gets more, below whatever stands on the response. */
export class NodeOutput {
  readonly res: RawResponse;
  /** Status and headers are rendered: nobody can change them any more. */
  isHeadOut = false;
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

  /** From here on Node renders the head when it needs it, and no module can change it. */
  uncoverHead(): void {
    if (this.isHeadOut) return;
    this.isHeadOut = true;
    if (this.res._header === PLACEHOLDER) this.res._header = null;
  }
}
