/** Delay of the event loop over about a second, ms. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What the thread pool of a worker is doing. */
export interface ThreadPoolFigures {
  /** Slots that are held. */
  readonly active: number;
  /** Routines that wait for a slot. */
  readonly queued: number;
  /** Slots there may be now. */
  readonly maxThreads: number;
  /** Routines that have ended. */
  readonly completed: number;
  /** The longest wait for a slot since the last report, ms. */
  readonly longestQueuedMs: number;
}

/** What the extensions of a worker owe. */
export interface ExtensionFigures {
  /** Sessions that are open though their request has ended for its client. */
  readonly owed: number;
  /** Sessions that the worker has ended so far, because the extension did not in time. */
  readonly abandoned: number;
}
