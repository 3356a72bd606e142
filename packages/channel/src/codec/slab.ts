/**
 * Memory that batches are written into. A slab goes round: filled, sent, acknowledged, filled again. Without that every 64 KiB of body
 * leaves as much garbage, which V8 counts as external memory and collects only after 64 MiB of it.
 */
export interface Slab {
  readonly buffer: Buffer;
  /** Messages in it that are not acknowledged, plus one while it is being filled. */
  users: number;
}

/** Enough for about a hundred small requests. */
const SMALL_BYTES = 65_536;
/** Enough for a batch of body frames. */
const LARGE_BYTES = 262_144;
/** Most bytes of either size that wait for use, in the whole process. */
const IDLE_MAX_BYTES = 8_388_608;

const idle = new Map<number, Slab[]>([
  [SMALL_BYTES, []],
  [LARGE_BYTES, []],
]);

/** A slab of at least `bytes`, with one user. */
export function takeSlab(bytes: number): Slab {
  const size = bytes <= SMALL_BYTES ? SMALL_BYTES : bytes <= LARGE_BYTES ? LARGE_BYTES : bytes;
  const slab = idle.get(size)?.pop() ?? { buffer: Buffer.allocUnsafeSlow(size), users: 0 };
  slab.users = 1;
  return slab;
}

/** One user fewer; without any the slab may be filled again. */
export function releaseSlab(slab: Slab): void {
  slab.users--;
  if (slab.users > 0) return;
  const pool = idle.get(slab.buffer.length);
  if (pool && (pool.length + 1) * slab.buffer.length <= IDLE_MAX_BYTES) pool.push(slab);
}
