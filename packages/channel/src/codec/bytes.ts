/** Little-endian integers without the argument checks of Buffer's own methods: they run several times per frame. */

export function putU16(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
}

export function putU32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
  buffer[at + 2] = value >>> 16;
  buffer[at + 3] = value >>> 24;
}

/** 48 bits: batch numbers never wrap (9,000 years at 1,000 batches a second). */
export function putU48(buffer: Buffer, at: number, value: number): void {
  putU32(buffer, at, value >>> 0);
  putU16(buffer, at + 4, Math.floor(value / 0x1_0000_0000));
}

export function getU16(buffer: Buffer, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8);
}

export function getU32(buffer: Buffer, at: number): number {
  return (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)) >>> 0;
}

export function getU48(buffer: Buffer, at: number): number {
  return getU32(buffer, at) + getU16(buffer, at + 4) * 0x1_0000_0000;
}
