import { GRPC_PREFIX_BYTES } from '../codec/packet.ts';
import { violation } from '../codec/violation.ts';

/** Cuts a byte stream into gRPC messages. A message that came in one chunk is not copied. */
export class MessageReader {
  private parts: Buffer[] = [];
  private bytes = 0;
  private wanted = 0;
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
      if (end - GRPC_PREFIX_BYTES > this.maxMessageBytes)
        throw violation(`a gRPC message has ${end} bytes, ${this.maxMessageBytes} are allowed`);
      if (end > rest.length) {
        this.wanted = end;
        break;
      }
      onPacket(rest.subarray(GRPC_PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
    if (rest.length === 0) return;
    if (rest.length < GRPC_PREFIX_BYTES) this.wanted = GRPC_PREFIX_BYTES;
    this.parts.push(rest);
    this.bytes = rest.length;
  }
}
