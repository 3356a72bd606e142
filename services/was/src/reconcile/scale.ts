/** What decides whether a pool gets one more worker. */
export interface ScaleFacts {
  /** Slots of the pool in order: nobody serves it, or its worker cannot take work yet, or it works. */
  readonly slots: readonly ('empty' | 'pending' | 'working')[];
  /** Requests that wait, over all attached adapters. */
  readonly parked: number;
  readonly inFlight: number;
}

/**
 * The index of the slot that should get a worker, or -1 (maxProcesses > 1 only; the first worker starts by Open).
 *
 * - One at a time: nothing while a start is pending, so that a burst does not start all at once.
 * - When work waits, or when there is more work than workers: each further request would share a process although one more is allowed.
 *   It is the rule of a web garden ("workers are started on demand up to the maximum"), for processes that take many requests at once.
 */
export function slotToAdd({ slots, parked, inFlight }: ScaleFacts): number {
  const working = slots.filter((slot) => slot === 'working').length;
  if (working === 0 || slots.includes('pending')) return -1;
  return parked > 0 || inFlight > working ? slots.indexOf('empty') : -1;
}
