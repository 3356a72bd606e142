/** Routines for the tests of worker threads. */
import { isMainThread, threadId } from 'node:worker_threads';
import type { WorkerTask } from './worker-threads.ts';

/** Sum of the bytes, and whether it was summed on another thread. */
export function sum({ data, bytes, offset }: WorkerTask) {
  let total = 0;
  for (const byte of data ?? []) total += byte;
  return { total, bytes, offset, isMainThread, threadId };
}

export function fail(): never {
  throw new Error('the sum does not add up');
}

export function die(): never {
  process.exit(7);
}

/** Holds its thread until the first of `data`, a view of shared memory, is set. */
export function waitABit(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
}
