import type { RequestStream } from '@baton/channel';

/** What is kept of a body so that its request can be moved; past this it is not. */
const KEPT_BYTES = 65_536;

/** Stops and continues reading the client's bytes. */
export interface BodyValve {
  holdBody(): void;
  releaseBody(): void;
}

/**
 * A request's body on its way from the client to a worker.
 *
 * - While the request waits, its bytes wait here; past 64 KiB the client has to wait too.
 * - Handed over, the bytes go on at once, and the first 64 KiB are kept until the worker's first frame: until then the request can be moved.
 * - A worker that gives no credit makes the client wait.
 */
export class RequestBody {
  /** Received from the client. */
  bytes = 0;
  /** The client has sent all of it. */
  isComplete = false;
  private chunks: Buffer[] | undefined = [];
  private keptBytes = 0;
  private trailers: readonly string[] | undefined = undefined;
  private isHeld = false;
  private readonly valve: BodyValve;

  constructor(valve: BodyValve) {
    this.valve = valve;
  }

  /** Everything received so far is kept. */
  get isKept(): boolean {
    return this.chunks !== undefined;
  }

  /** Bytes from the client; `stream` is undefined while the request waits. `isLent`: the buffer changes afterwards, so what is kept is copied. */
  receive(chunk: Buffer, stream: RequestStream | undefined, isLent = false): void {
    this.bytes += chunk.length;
    if (stream?.begun) this.forget();
    if (this.chunks) {
      this.chunks.push(isLent ? Buffer.from(chunk) : chunk);
      this.keptBytes += chunk.length;
    }
    if (stream) {
      if (this.keptBytes > KEPT_BYTES) this.forget();
      if (!stream.write(chunk, isLent)) this.hold();
    } else if (this.keptBytes > KEPT_BYTES) this.hold();
  }

  complete(trailers: readonly string[] | undefined, stream: RequestStream | undefined): void {
    this.isComplete = true;
    this.isHeld = false;
    this.trailers = trailers;
    stream?.end(trailers);
  }

  /** The request was opened on `stream`: what has waited follows. */
  handOver(stream: RequestStream): void {
    let hasCredit = true;
    for (const chunk of this.chunks ?? []) hasCredit = stream.write(chunk);
    if (this.keptBytes > KEPT_BYTES) this.forget();
    if (this.isComplete) stream.end(this.trailers);
    else if (hasCredit) this.release();
    else this.hold();
  }

  onCredit(stream: RequestStream): void {
    if (stream.begun) this.forget();
    this.release();
  }

  /** The worker has begun the request: it stays there. */
  forget(): void {
    this.chunks = undefined;
    this.keptBytes = 0;
  }

  private hold(): void {
    if (this.isHeld || this.isComplete) return;
    this.isHeld = true;
    this.valve.holdBody();
  }

  private release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.valve.releaseBody();
  }
}
