/** What is kept of a request's body so that it can be moved; past this it is not. */
export const KEPT_BODY_BYTES = 65_536;

/**
 * The first bytes of a request's body: all of it while the request waits, and a copy until the worker's first frame.
 */
export class KeptBody {
  bytes = 0;
  private readonly chunks: Buffer[] = [];

  /** More than may be kept: the client has to wait, or the request can no longer be moved. */
  get isFull(): boolean {
    return this.bytes > KEPT_BODY_BYTES;
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
  }

  [Symbol.iterator](): Iterator<Buffer> {
    return this.chunks[Symbol.iterator]();
  }
}
