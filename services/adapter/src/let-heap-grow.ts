import v8 from 'node:v8';

/** How much the heap may grow over what was alive at the last full collection, percent. */
const GROWTH = 200;

/**
 * Sets when V8 collects the whole heap, to a share of what lives and not to how fast the last collection was.
 *
 * - Bodies that pass leave dead buffers, up to 24 MiB between two of our scavenges (packages/channel, bulk-garbage.ts). V8 counts them on top of a heap
 *   of 20 MiB, and where the limit it had chosen lay closer it collected all of it again and again: 8 to 10 times in 4 s of transfers in two runs of
 *   eight, with four threads, for up to twice the CPU. With this it was never more than twice.
 */
export function letHeapGrow(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
