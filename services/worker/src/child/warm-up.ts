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

/** Loads what the app will probably want while nobody waits for it. Nothing of an app is loaded: which one it will be is not known. */
export function warmUpWhenIdle(isWanted: () => boolean): void {
  setTimeout(async () => {
    for (const name of COMMON) if (isWanted()) await import(name);
  }, DELAY_MS);
}
