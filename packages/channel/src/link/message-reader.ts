import { HANDSHAKE_MAX_BYTES } from '../codec/frame-types.ts';
import { GRPC_PREFIX_BYTES } from '../codec/packet.ts';
import { violation } from '../codec/violation.ts';

/** A handshake with all that is around it, bytes: until the peer has said who it is, no more is kept for it. */
export const FIRST_MESSAGE_BYTES = HANDSHAKE_MAX_BYTES + 64;

/** Cuts a byte stream into gRPC messages. A message that came in one chunk is not copied. The first one is a handshake and no larger. */
export class MessageReader {
  private parts: Buffer[] = [];
  private bytes = 0;
  private wanted = 0;
  private limitBytes = FIRST_MESSAGE_BYTES;
  private readonly maxMessageBytes: number;

  constructor(maxMessageBytes: number) {
    this.maxMessageBytes = maxMessageBytes;
  }

  /** Calls `onPacket` with each message that `chunk` completes. Throws CHANNEL_PROTOCOL for one that is compressed or too large. */
  read(chunk: Buffer, onPacket: (packet: Buffer) => void): void {
    let rest = chunk;
    if (this.bytes > 0) {
      this.parts.push(chunk);
      this.bytes += chunk.length;
      if (this.bytes < this.wanted) return;
      rest = Buffer.concat(this.parts, this.bytes);
      this.parts = [];
      this.bytes = 0;
    }
    while (rest.length >= GRPC_PREFIX_BYTES) {
      if (rest[0] !== 0) throw violation('a gRPC message is compressed');
      const end = GRPC_PREFIX_BYTES + rest.readUInt32BE(1);
      if (end - GRPC_PREFIX_BYTES > this.limitBytes) throw violation(`a gRPC message has ${end} bytes, ${this.limitBytes} are allowed`);
      if (end > rest.length) {
        this.wanted = end;
        break;
      }
      this.limitBytes = this.maxMessageBytes;
      onPacket(rest.subarray(GRPC_PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
    if (rest.length === 0) return;
    if (rest.length < GRPC_PREFIX_BYTES) this.wanted = GRPC_PREFIX_BYTES;
    this.parts.push(rest);
    this.bytes = rest.length;
  }
}
