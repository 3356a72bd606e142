/** Most bytes of a frame's head (RFC 6455, 5.2): 2, a length of 8, a mask of 4. */
const LONGEST_HEAD = 14;
const CLOSE = 8;

/**
 * Knows where the frames of one direction of a WebSocket begin and end, from their heads alone (RFC 6455, 5.2).
 *
 * - Payloads are skipped by their length, so that a frame costs the reading of its head and a chunk within one costs nothing.
 * - It judges nothing: whatever it makes of bytes that are no frames, they are passed on all the same.
 */
export class FrameTracker {
  /** A close frame has begun: its sender sends nothing after it (5.5.1). */
  hasClose = false;
  private readonly head = Buffer.alloc(LONGEST_HEAD);
  private headBytes = 0;
  /** Payload bytes of the frame that have not come. */
  private left = 0;

  /** A frame of somebody else may go here. */
  get isAtBoundary(): boolean {
    return this.left === 0 && this.headBytes === 0;
  }

  /** Reads on; with `toBoundary` no further than the end of the frame that has begun. Returns how many bytes of `chunk` it took. */
  read(chunk: Buffer, toBoundary: boolean): number {
    let at = 0;
    while (at < chunk.length) {
      if (toBoundary && this.isAtBoundary) return at;
      if (this.left > 0) {
        const take = Math.min(this.left, chunk.length - at);
        this.left -= take;
        at += take;
      } else this.readHead(chunk[at++]!);
    }
    return at;
  }

  private readHead(byte: number): void {
    const { head } = this;
    head[this.headBytes++] = byte;
    if (this.headBytes < 2) return;
    const short = head[1]! & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (this.headBytes < 2 + lengthBytes + (head[1]! & 0x80 ? 4 : 0)) return;
    if ((head[0]! & 0x0f) === CLOSE) this.hasClose = true;
    this.left =
      lengthBytes === 0 ? short : lengthBytes === 2 ? head.readUInt16BE(2) : head.readUInt32BE(2) * 0x1_0000_0000 + head.readUInt32BE(6);
    this.headBytes = 0;
  }
}
