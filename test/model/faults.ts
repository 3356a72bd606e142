import { cells } from './state/cells.ts';

/**
 * What can go wrong.
 *
 * - crash: a worker dies. wasDrop: an adapter's stream to WAS drops. linkDrop: the link of a worker to an adapter drops.
 * - leader: the leader dies. usurp: a second leader takes over and the first has not noticed.
 * - adapter: an adapter dies, and the connections of its clients with it; the one that starts in its place has channels of its own.
 * - late: an order to the host is delayed. slow: startupTimeLimit passes. limit: shutdownTimeLimit passes.
 */
export const FAULTS = ['crash', 'wasDrop', 'linkDrop', 'leader', 'late', 'slow', 'limit', 'usurp', 'adapter'] as const;

export type Fault = (typeof FAULTS)[number];

/** How many faults of each kind, and of all kinds together, may still happen in this run. */
export class FaultBudget extends cells('together', ...FAULTS) {
  allows(fault: Fault): boolean {
    return this.together > 0 && this[fault] > 0;
  }

  spend(fault: Fault): void {
    this.together--;
    this[fault]--;
  }
}
