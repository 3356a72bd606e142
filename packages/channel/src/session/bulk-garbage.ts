/**
 * Each MiB of body leaves one to two MiB of dead buffers (HTTP/2 reads, gRPC's copies). V8 counts them as external memory and, with few
 * objects beside them, frees them only by a full collection after 64 MiB: a third of the CPU of a large body and 75 MiB of memory.
 * A scavenge every 8 MiB frees them young. Measured over 512 MiB: 1.1 ms of CPU per MiB instead of 1.8, 30 MiB of growth instead of 75 (docs/adr/0002).
 */

const SCAVENGE_BYTES = 8_388_608;
/** Batches below this size are small requests: their objects bring scavenges of their own. */
const BULK_BYTES = 16_384;

let bytesSinceScavenge = 0;
let scavenge: (() => void) | undefined;

/** A batch of `bytes` bytes was read or sent. */
export function noteBulk(bytes: number): void {
  if (bytes < BULK_BYTES) return;
  bytesSinceScavenge += bytes;
  if (bytesSinceScavenge < SCAVENGE_BYTES) return;
  bytesSinceScavenge = 0;
  scavenge ??= makeScavenge();
  scavenge();
}

/** V8 gives `gc` to contexts made while the flag is set; the app's own context never sees it. */
function makeScavenge(): () => void {
  // Loaded here and not above: a worker's start pays for each import, and most workers never send a large body.
  const v8 = process.getBuiltinModule('node:v8');
  const vm = process.getBuiltinModule('node:vm');
  v8.setFlagsFromString('--expose-gc');
  const gc: unknown = vm.runInNewContext('globalThis.gc');
  v8.setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? () => gc({ type: 'minor' }) : () => {};
}
