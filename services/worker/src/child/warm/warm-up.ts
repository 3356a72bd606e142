import { rehearseDial } from './rehearse-dial.ts';
import { rehearseModule } from './rehearse-module.ts';
import { rehearseRequests } from './rehearse-requests.ts';

/** Modules of Node that most apps import, and that cost them time: node:http brings undici when an ES module imports it. */
const COMMON = [
  'node:http',
  'node:https',
  'node:http2',
  'node:fs/promises',
  'node:stream/promises',
  'node:timers/promises',
  'node:zlib',
  'node:worker_threads',
];

/** Time without an order after which a process is a spare and not a cold start, ms. */
const DELAY_MS = 50;

/**
 * Does what an activation will do, while nobody waits for it: the first run of any code is compiled on the way, and that was half of the 22 ms of CPU
 * from order to answer. Nothing of an app is loaded: which one it will be is not known, and each generation runs what is on disk then.
 */
export function warmUpWhenIdle(isWanted: () => boolean): void {
  setTimeout(() => void warmUp(isWanted), DELAY_MS);
}

async function warmUp(isWanted: () => boolean): Promise<void> {
  for (const name of COMMON) {
    if (!isWanted()) return;
    await import(name);
  }
  for (const rehearse of [rehearseModule, rehearseRequests, rehearseDial]) {
    if (!isWanted()) return;
    // A rehearsal that fails is a worker that starts a little slower, not one that does not start.
    await Promise.resolve(rehearse()).catch(() => {});
  }
}
