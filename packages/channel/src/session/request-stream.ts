import { readEnd } from '../codec/end.ts';
import { FRAME } from '../codec/frame-types.ts';
import { readResponseHead } from '../codec/response-head.ts';
import type { RequestStream, ResetCause, ResponseHandler } from '../types.ts';
import type { AdapterCore } from './adapter-session.ts';
import { StreamHalf } from './stream-half.ts';
import { surface } from './surface.ts';

/** The adapter's half of a request. */
export class AdapterRequest extends StreamHalf implements RequestStream {
  begun = false;
  readonly handler: ResponseHandler;
  private hasHead = false;

  constructor(id: number, core: AdapterCore, handler: ResponseHandler, ended: boolean) {
    super(id, core);
    this.handler = handler;
    this.isEnding = ended;
    this.localEnded = ended;
  }

  /** Makes a request that was never sent: everything done with it does nothing. */
  static refused(core: AdapterCore, handler: ResponseHandler): AdapterRequest {
    const request = new AdapterRequest(0, core, handler, true);
    request.isClosed = true;
    return request;
  }

  receiveHead(type: number, batch: Buffer, start: number, end: number): void {
    const head = readResponseHead(batch, start, end);
    this.begun = true;
    if (this.hasHead || this.remoteEnded) {
      this.breakOff('a head came behind the head of the answer');
      return;
    }
    this.hasHead = type === FRAME.head;
    try {
      if (type === FRAME.head) this.handler.onHead(head);
      else this.handler.onInterim(head);
    } catch (error) {
      surface(error);
    }
  }

  receiveEnd(batch: Buffer, start: number, end: number): void {
    const { trailers, timings } = readEnd(batch, start, end);
    this.begun = true;
    if (!this.hasHead || this.remoteEnded) {
      this.breakOff('an answer ended without a head, or twice');
      return;
    }
    this.endRemote();
    try {
      this.handler.onEnd(trailers, timings);
    } catch (error) {
      surface(error);
    }
  }

  deliverReset(cause: ResetCause, text: string): void {
    try {
      // The answer is complete: for the handler it is no reset, only a body that nobody takes.
      if (this.remoteEnded) this.handler.onDiscard?.(cause);
      else this.handler.onReset(cause, text);
    } catch (error) {
      surface(error);
    }
  }

  protected deliverData(chunk: Buffer): void {
    this.begun = true;
    if (!this.hasHead) {
      this.breakOff('a body came before the head of its answer');
      return;
    }
    try {
      this.handler.onData(chunk);
    } catch (error) {
      surface(error);
    }
  }

  protected deliverCredit(): void {
    try {
      this.handler.onCredit();
    } catch (error) {
      surface(error);
    }
  }

  protected sendEnd(): boolean {
    return this.sender.end(this.id, this.trailers, undefined);
  }
}
