/**
 * Facts of the application pool that a worker process runs for (IWpfSettings), as they were when it started.
 *
 * - A change of the three limits replaces the worker. Those of the pool's size and of pings act in place and are told to the next one.
 */
export interface WorkerProcessSettings {
  readonly applicationPool: string;
  readonly workerId: string;
  /** "shop/1". */
  readonly slot: string;
  readonly generation: number;
  /** How many workers its pool may have at once. */
  readonly maxProcesses: number;
  /** ms without a request after which the worker goes; 0 = never. */
  readonly idleTimeoutMs: number;
  /** ms in which the worker must be ready. */
  readonly startupTimeLimitMs: number;
  /** ms that requests have to end after the stop order. */
  readonly shutdownTimeLimitMs: number;
  /** ms between two pings; 0 = none. */
  readonly pingIntervalMs: number;
  /** ms in which a ping must be answered. */
  readonly pingResponseTimeMs: number;
}
