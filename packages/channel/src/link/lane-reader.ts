import { GRPC_PREFIX_BYTES } from '../codec/packet.ts';
import { violation } from '../codec/violation.ts';
import { FIRST_MESSAGE_BYTES } from './message-reader.ts';

/** Room for two batches of body frames: what a busy link brings in one read. */
const MEMORY_BYTES = 278_528;
/** With less room than this behind what has come of a message, that is moved to the front. */
const LEAST_ROOM_BYTES = 65_536;

/**
 * Cuts what a socket reads into messages, in memory that is read into again and again: no buffer is made for a read, and none is put together from two.
 *
 * - A packet is good for the length of its call only.
 */
export class LaneReader {
  /** Where the next bytes go. */
  room: Buffer;
  private memory = Buffer.allocUnsafeSlow(MEMORY_BYTES);
  /** What has come and was not given on lies from `start` to `end`. */
  private start = 0;
  private end = 0;
  private limitBytes = FIRST_MESSAGE_BYTES;
  private readonly maxMessageBytes: number;

  constructor(maxMessageBytes: number) {
    this.maxMessageBytes = maxMessageBytes;
    this.room = this.memory;
  }

  /** `bytes` have come into `room`: calls `onPacket` with each message that they complete. Throws CHANNEL_PROTOCOL for one that is compressed or too large. */
  read(bytes: number, onPacket: (packet: Buffer) => void): void {
    this.end += bytes;
    const { memory, end } = this;
    let wanted = GRPC_PREFIX_BYTES;
    while (end - this.start >= GRPC_PREFIX_BYTES) {
      const at = this.start + GRPC_PREFIX_BYTES;
      if (memory[this.start] !== 0) throw violation('a gRPC message is compressed');
      const length = memory.readUInt32BE(this.start + 1);
      if (length > this.limitBytes) throw violation(`a gRPC message has ${length} bytes, ${this.limitBytes} are allowed`);
      if (at + length > end) {
        wanted = GRPC_PREFIX_BYTES + length;
        break;
      }
      this.limitBytes = this.maxMessageBytes;
      this.start = at + length;
      onPacket(memory.subarray(at, at + length));
    }
    this.makeRoom(wanted);
  }

  /** Sees that the message that has begun, of `wanted` bytes as far as is known, finds room. */
  private makeRoom(wanted: number): void {
    const { memory, start } = this;
    const kept = this.end - start;
    if (kept === 0 && memory.length === MEMORY_BYTES) {
      this.start = 0;
      this.end = 0;
      if (this.room !== memory) this.room = memory;
      return;
    }
    const size = Math.max(MEMORY_BYTES, wanted);
    if (size !== memory.length) {
      this.memory = Buffer.allocUnsafeSlow(size);
      memory.copy(this.memory, 0, start, this.end);
    } else if (start + Math.max(wanted, kept + LEAST_ROOM_BYTES) > size && start > 0) memory.copyWithin(0, start, this.end);
    else {
      this.room = memory.subarray(this.end);
      return;
    }
    this.start = 0;
    this.end = kept;
    this.room = kept === 0 ? this.memory : this.memory.subarray(kept);
  }
}
