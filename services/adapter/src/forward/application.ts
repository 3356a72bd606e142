import type { Limits } from '../admit/limits.ts';
import type { PoolPlace } from '../place/pool.ts';
import type { PoolCounters } from './counters.ts';

/** An application as the request path sees it. */
export interface Application {
  readonly appKey: string;
  readonly pool: string;
  readonly place: PoolPlace;
  readonly counters: PoolCounters;
  readonly limits: Limits;
  readonly isTrustingProxy: boolean;
  readonly hasDiagnosticHeaders: boolean;
  /** Its safe requests may be run a second time when a worker died. */
  readonly isReplaySafe: boolean;
  readonly isBlocked: boolean;
}
