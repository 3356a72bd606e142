import { createRequire } from 'node:module';

export type Sdk = typeof import('@baton/sdk/host');

let loaded: Sdk | undefined;

/**
 * The engines of the programming model. They are loaded by the first who asks, at once: an app asks for `server` in the middle of its own code, and
 * most apps never do. Their own file beside the program keeps them out of every other worker's start.
 */
export function sdk(): Sdk {
  loaded ??= createRequire(import.meta.url)('@baton/sdk/host') as Sdk;
  return loaded;
}
