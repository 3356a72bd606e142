import { DEFAULT_LIMITS, type Limits } from '../admit/limits.ts';
import type { PoolPlace } from '../place/pool.ts';
import type { Pool } from '../pool.ts';
import type { PoolCounters } from './counters.ts';

/** A queue binding; 0 = none. Counted over all adapters. */
export interface QueueSettings {
  readonly queue: string;
  /** Jobs in execution at once. */
  readonly concurrency: number;
  /** Jobs begun in `rateDurationMs`. */
  readonly rateMax: number;
  readonly rateDurationMs: number;
  /** Deaths of a worker that one job survives. */
  readonly maxStalls: number;
  /** Empty: the adapter's own; "env:NAME" is read from its environment. */
  readonly redisUrl: string;
  /** BullMQ's key prefix. */
  readonly prefix: string;
}

/** An application as WAS describes it to an adapter. */
export interface ApplicationSettings {
  readonly appKey: string;
  /** Id of its pool. */
  readonly pool: string;
  /** Of the adapter's protocol: "http://host:port/path". */
  readonly bindings: readonly string[];
  /** Refuse its clients, and give nothing of theirs to a worker. */
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

/** An application as the path of its work sees it. One object for as long as the application is there: what WAS changes, changes in it. */
export interface Application extends ApplicationSettings {
  readonly place: PoolPlace;
  readonly counters: PoolCounters;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An application that its adapter may change. */
export type KnownApplication = Mutable<Application>;

/** Makes one whose work goes to `pool`. */
export function createApplication(settings: ApplicationSettings, pool: Pool): KnownApplication {
  pool.use(settings.appKey);
  return { ...settings, place: pool.place, counters: pool.counters };
}
