/**
 * Names and numbers of the wire form. docs/channel.md draws the layouts; proto/vectors holds an example of each.
 */

/** The version of the batch form that this release writes: the first byte of every batch. */
export const VERSION = 1;

/** Versions this release understands, lowest and highest. A peer that offers none of them is refused, and told these. */
export const VERSIONS = { min: 1, max: 1 } as const;

/** Type byte of each frame. Below 16: handshake; 16 to 31: about one request; from 32: about the session. */
export const FRAME = {
  hello: 1,
  welcome: 2,
  refuse: 3,
  open: 16,
  interim: 17,
  head: 18,
  data: 19,
  end: 20,
  reset: 21,
  credit: 22,
  ping: 32,
  pong: 33,
  drain: 34,
  resume: 35,
  resumed: 36,
  leaving: 37,
} as const;

export type FrameName = keyof typeof FRAME;

/** Bytes of a batch before its first frame: version, batch number (48 bits), acknowledged batch (48 bits). */
export const BATCH_HEADER_BYTES = 13;

/** Bytes of a frame before its payload: payload length (32 bits), type, stream id (32 bits). */
export const FRAME_HEADER_BYTES = 9;

/** Largest payload of hello, welcome and refuse, whatever the limits say: they come from a peer that has proved nothing. */
export const HANDSHAKE_MAX_BYTES = 65_536;

/** Most NUL-separated parts in a head or trailers: 4,000 header fields and the facts of the request. */
export const HEAD_MAX_PARTS = 8_192;

/** Longest text of a reset or successor of a leaving frame, bytes. */
export const TEXT_MAX_BYTES = 1_024;

const NAMES = new Map<number, FrameName>(Object.entries(FRAME).map(([name, type]) => [type, name as FrameName]));

/** Name of a frame type for messages; "type 99" when there is none. */
export function frameName(type: number): string {
  return NAMES.get(type) ?? `type ${type}`;
}
