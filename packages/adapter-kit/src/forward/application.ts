import type { Limits } from '../admit/limits.ts';
import { DEFAULT_LIMITS } from '../admit/limits.ts';
import type { PoolPlace } from '../place/pool.ts';
import type { PoolCounters } from './counters.ts';

/** Of one queue binding; counted over all adapters. 0: none. */
export interface QueueSettings {
  /** "orders" of "queue://orders". */
  readonly queue: string;
  /** Jobs in execution at once. */
  readonly concurrency: number;
  /** Jobs begun in `rateDurationMs`. */
  readonly rateMax: number;
  readonly rateDurationMs: number;
  /** Deaths of a worker that one job survives. */
  readonly maxStalls: number;
  /** Empty: the adapter's own. */
  readonly redisUrl: string;
  /** Of BullMQ's keys. */
  readonly prefix: string;
}

/** An application as WAS describes it to an adapter. */
export interface ApplicationSettings {
  readonly appKey: string;
  readonly pool: string;
  /** Of the adapter's protocol: "http://host:port/path". */
  readonly bindings: readonly string[];
  readonly isBlocked: boolean;
  readonly limits: Limits;
  readonly isTrustingProxy: boolean;
  readonly hasDiagnosticHeaders: boolean;
  /** Its safe requests may be run a second time when a worker died. */
  readonly isReplaySafe: boolean;
  /** Its TCP connections begin with a header of the PROXY protocol, version 2. */
  readonly hasProxyProtocol: boolean;
  /** One for each queue binding. */
  readonly queues: readonly QueueSettings[];
}

/** An application with what is not said left at its default. */
export type GivenApplication = Pick<ApplicationSettings, 'appKey' | 'pool' | 'bindings'> & Partial<ApplicationSettings>;

export const DEFAULT_APPLICATION_SETTINGS: Omit<ApplicationSettings, 'appKey' | 'pool' | 'bindings'> = Object.freeze({
  isBlocked: false,
  limits: DEFAULT_LIMITS,
  isTrustingProxy: false,
  hasDiagnosticHeaders: false,
  isReplaySafe: true,
  hasProxyProtocol: false,
  queues: Object.freeze([]),
});

/** An application as the path of its work sees it. */
export interface Application extends ApplicationSettings {
  readonly place: PoolPlace;
  readonly counters: PoolCounters;
}
