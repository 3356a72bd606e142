import { createRequire } from 'node:module';

export type Sdk = typeof import('@baton/sdk/host');

let loaded: Sdk | undefined;

/** Beside the program in one file there are the engines in one file, 10 ms of CPU in place of the 85 that their modules take (scripts/bundle-child.ts; Node 24.21, measured). */
const WHERE = import.meta.url.endsWith('/bundle.js') ? './engines.cjs' : '@baton/sdk/host';

/**
 * The engines of the programming model. They are loaded by the first who asks, at once: an app asks for `server` in the middle of its own code, and
 * most apps never do. Their own file beside the program keeps them out of every other worker's start.
 */
export function sdk(): Sdk {
  loaded ??= createRequire(import.meta.url)(WHERE) as Sdk;
  return loaded;
}
