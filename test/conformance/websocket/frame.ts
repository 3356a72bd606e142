export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  /** @default true */
  readonly fin?: boolean;
  /** Reserved bits: 4, 2, 1. @default 0 */
  readonly rsv?: number;
  /** Undefined: not masked, which a client must not do. @default four bytes */
  readonly mask?: readonly [number, number, number, number] | undefined;
  /** Bytes of the extended length, where the shortest is not wanted. */
  readonly lengthBytes?: 2 | 8;
}

/** Any frame of a client, right or wrong (RFC 6455, 5.2). */
export function frame(opcode: number, payload: string | Buffer = '', options: FrameOptions = {}): Buffer {
  const { fin = true, rsv = 0, lengthBytes } = options;
  const mask = 'mask' in options ? options.mask : ([0x37, 0xfa, 0x21, 0x3d] as const);
  const data = Buffer.from(payload as string);
  const { length } = data;
  const extended = lengthBytes ?? (length > 65_535 ? 8 : length > 125 ? 2 : 0);
  const head = Buffer.alloc(2 + extended);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (extended === 8 ? 127 : extended === 2 ? 126 : length);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (!mask) return Buffer.concat([head, data]);
  const masked = Buffer.from(data);
  for (let index = 0; index < length; index++) masked[index]! ^= mask[index & 3]!;
  return Buffer.concat([head, Buffer.from(mask), masked]);
}

export const text = (payload: string | Buffer, options?: FrameOptions): Buffer => frame(OP.text, payload, options);
export const binary = (payload: string | Buffer, options?: FrameOptions): Buffer => frame(OP.binary, payload, options);
export const more = (payload: string | Buffer, options?: FrameOptions): Buffer => frame(OP.continuation, payload, options);
export const ping = (payload: string | Buffer = '', options?: FrameOptions): Buffer => frame(OP.ping, payload, options);

/** A close frame; without a code it has no payload. */
export function close(code?: number, reason: string | Buffer = '', options?: FrameOptions): Buffer {
  if (code === undefined) return frame(OP.close, '', options);
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason as string)]);
  return frame(OP.close, payload, options);
}
