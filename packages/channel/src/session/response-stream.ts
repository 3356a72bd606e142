import { readEnd } from '../codec/end.ts';
import { FRAME } from '../codec/frame-types.ts';
import type { RequestHandler, RequestHead, ResetCause, ResponseHead, ResponseStream, Timings } from '../types.ts';
import { StreamHalf } from './stream-half.ts';
import { surface } from './surface.ts';
import type { WorkerCore } from './worker-session.ts';

/** The worker's half of a request. */
export class WorkerResponse extends StreamHalf implements ResponseStream {
  readonly head: RequestHead;
  readonly bodyless: boolean;
  private readonly readAtMs: number;
  private readonly begunAtMs: number;
  private firstByteAtMs = 0;
  private handler: RequestHandler | undefined;

  constructor(id: number, core: WorkerCore, head: RequestHead, bodyless: boolean, readAtMs: number) {
    super(id, core);
    this.head = head;
    this.bodyless = bodyless;
    this.remoteEnded = bodyless;
    this.readAtMs = readAtMs;
    this.begunAtMs = performance.now();
  }

  /** Set once, with what `onRequest` returned. */
  handOver(handler: RequestHandler): void {
    this.handler = handler;
  }

  /** What comes of the body is looked at and not kept. */
  get borrows(): boolean {
    return this.handler?.borrows === true;
  }

  interim(head: ResponseHead): void {
    this.sendAny(FRAME.interim, head);
  }

  sendHead(head: ResponseHead): void {
    this.firstByteAtMs = performance.now();
    this.sendAny(FRAME.head, head);
  }

  receiveEnd(batch: Buffer, start: number, end: number): void {
    const { trailers } = readEnd(batch, start, end);
    if (this.remoteEnded) {
      this.breakOff('a request ended twice');
      return;
    }
    this.endRemote();
    try {
      this.handler?.onEnd(trailers);
    } catch (error) {
      surface(error);
    }
  }

  deliverReset(cause: ResetCause, text: string): void {
    try {
      this.handler?.onReset(cause, text);
    } catch (error) {
      surface(error);
    }
  }

  protected deliverData(chunk: Buffer): void {
    try {
      this.handler?.onData(chunk);
    } catch (error) {
      surface(error);
    }
  }

  protected deliverCredit(): void {
    try {
      this.handler?.onCredit();
    } catch (error) {
      surface(error);
    }
  }

  protected sendEnd(): boolean {
    return this.sender.end(this.id, this.trailers, this.timings());
  }

  private timings(): Timings {
    const nowMs = performance.now();
    return {
      queuedMs: this.begunAtMs - this.readAtMs,
      firstByteMs: (this.firstByteAtMs || nowMs) - this.readAtMs,
      totalMs: nowMs - this.readAtMs,
    };
  }

  private sendAny(type: number, head: ResponseHead): void {
    if (this.isClosed || this.localEnded) return;
    if (!this.sender.responseHead(type, this.id, head)) this.refuseHead();
  }
}
