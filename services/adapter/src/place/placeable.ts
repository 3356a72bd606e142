import type { AdapterSession } from '@baton/channel';
import type { ErrorCode } from '@baton/core';

/** What placing needs to know of a request; it never looks into one. */
export interface Placeable {
  /** When it was admitted, on the adapter's clock. */
  readonly arrivedAtMs: number;
  /** Hands it to the session, in the same synchronous step. */
  deliver(session: AdapterSession): void;
  /** Ends it with an answer of Baton's own. */
  refuse(code: ErrorCode, cause: string): void;
}
