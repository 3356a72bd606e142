import type { ErrorCode } from '@baton/core';
import type { Instance } from './instance.ts';

/** What placing needs to know of a request; it never looks into one. */
export interface Placeable {
  /** When it was admitted, on the adapter's clock. */
  readonly arrivedAtMs: number;
  /** Whose it is. */
  readonly app: { readonly appKey: string } | undefined;
  /** Hands it to a worker, in the same synchronous step. `n`: its place in the adapter's Sequence. */
  deliver(instance: Instance, n: number): void;
  /** Ends it with an answer of Baton's own. */
  refuse(code: ErrorCode, cause: string): void;
}
