import { putU32, putU48 } from './bytes.ts';
import { BATCH_HEADER_BYTES, FRAME_HEADER_BYTES, VERSION } from './frame-types.ts';
import { MESSAGE_HEADER_MAX_BYTES, writeMessageHeader } from './packet.ts';
import { releaseSlab, type Slab, takeSlab } from './slab.ts';

const HEADROOM_BYTES = MESSAGE_HEADER_MAX_BYTES + BATCH_HEADER_BYTES;
/** A slab with less left than this is not begun another batch in. */
const LEAST_REST_BYTES = HEADROOM_BYTES + 512;

/**
 * Writes frames one behind the other into the batch being filled, and hands the batch out as a finished gRPC message.
 *
 * - `begin` writes a frame's header and reserves its payload; the caller fills `buffer` from the offset it returns.
 * - A message is not written to again until its slab is released: it can be kept until acknowledged and sent twice.
 */
export class BatchWriter {
  /** Where the payload of the frame just begun goes. Replaced when the slab is full: read it after `begin`. */
  buffer: Buffer;
  /** Where the message taken last lies. */
  taken: Slab;
  private slab: Slab;
  private start = 0;
  private at = HEADROOM_BYTES;

  constructor() {
    this.slab = takeSlab(0);
    this.taken = this.slab;
    this.buffer = this.slab.buffer;
  }

  /** Bytes of the batch being filled, its header included; BATCH_HEADER_BYTES when empty. */
  get bytes(): number {
    return this.at - this.start - MESSAGE_HEADER_MAX_BYTES;
  }

  get isEmpty(): boolean {
    return this.at === this.start + HEADROOM_BYTES;
  }

  /** Begins a frame with `length` payload bytes; returns the offset of its payload in `buffer`. */
  begin(type: number, id: number, length: number): number {
    const next = this.at + FRAME_HEADER_BYTES + length;
    if (next > this.buffer.length) return this.beginInNewSlab(type, id, length);
    const buffer = this.buffer;
    const at = this.at;
    putU32(buffer, at, length);
    buffer[at + 4] = type;
    putU32(buffer, at + 5, id);
    this.at = next;
    return at + FRAME_HEADER_BYTES;
  }

  /** A frame whose payload is `length` bytes of `chunk` from `from`. */
  bytesFrame(type: number, id: number, chunk: Buffer, from: number, length: number): void {
    const at = this.begin(type, id, length);
    chunk.copy(this.buffer, at, from, from + length);
  }

  /** Takes back the frame begun last, whose payload started at `payloadAt`. */
  undo(payloadAt: number): void {
    this.at = payloadAt - FRAME_HEADER_BYTES;
  }

  /**
   * Closes the batch under `number`, acknowledging `ack`, and returns it as a message (gRPC prefix, Packet, batch); the writer is empty afterwards.
   * The message lies in `taken`, of which it is a user until somebody calls `releaseSlab`.
   */
  take(number: number, ack: number): Buffer {
    const buffer = this.buffer;
    const batch = this.start + MESSAGE_HEADER_MAX_BYTES;
    const end = this.at;
    buffer[batch] = VERSION;
    putU48(buffer, batch + 1, number);
    putU48(buffer, batch + 7, ack);
    const message = buffer.subarray(writeMessageHeader(buffer, batch, end - batch), end);
    this.taken = this.slab;
    this.slab.users++;
    if (end + LEAST_REST_BYTES > buffer.length) {
      releaseSlab(this.slab);
      this.use(takeSlab(0));
    } else this.start = end;
    this.at = this.start + HEADROOM_BYTES;
    return message;
  }

  private beginInNewSlab(type: number, id: number, length: number): number {
    const used = this.at - this.start;
    const slab = takeSlab(used + FRAME_HEADER_BYTES + length);
    this.buffer.copy(slab.buffer, 0, this.start, this.at);
    releaseSlab(this.slab);
    this.use(slab);
    this.at = used;
    return this.begin(type, id, length);
  }

  private use(slab: Slab): void {
    this.slab = slab;
    this.buffer = slab.buffer;
    this.start = 0;
  }
}

/** A message whose batch has no frames: only an acknowledgement. It has no number (0), is not acknowledged itself and not kept. */
export function ackMessage(ack: number): Buffer {
  return looseMessage(ack, -1);
}

/** A message whose batch is not numbered and holds at most one frame without payload (`type`; -1: none): a sign of life. */
export function looseMessage(ack: number, type: number): Buffer {
  const length = BATCH_HEADER_BYTES + (type < 0 ? 0 : FRAME_HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(MESSAGE_HEADER_MAX_BYTES + length);
  const batch = MESSAGE_HEADER_MAX_BYTES;
  buffer[batch] = VERSION;
  putU48(buffer, batch + 1, 0);
  putU48(buffer, batch + 7, ack);
  if (type >= 0) {
    putU32(buffer, batch + BATCH_HEADER_BYTES, 0);
    buffer[batch + BATCH_HEADER_BYTES + 4] = type;
    putU32(buffer, batch + BATCH_HEADER_BYTES + 5, 0);
  }
  return buffer.subarray(writeMessageHeader(buffer, batch, length));
}
