import type { Fault } from './faults.ts';
import type { RequestPlan } from './request/request.ts';
import type { Bug, Rules } from './rules.ts';

/** One system to explore: how it starts, what may be wanted of it, and what may go wrong. */
export interface Configuration {
  readonly name: string;
  /** Generations there is room for. Exact: one more start than there are causes is an error. */
  readonly generations: number;
  readonly requests: readonly RequestPlan[];
  /** How often a recycle is wanted. @default 0 */
  readonly recycles?: number;
  /** The recycles allow no overlap. @default false */
  readonly isWithoutOverlap?: boolean;
  /** How often the serving worker says that it is idle. @default 0 */
  readonly idles?: number;
  /** How many faults may happen together, and of each kind. @default 1 */
  readonly faults?: number;
  readonly budget?: Partial<Readonly<Record<Fault, number>>>;
  /** No worker runs at the beginning. @default false */
  readonly isCold?: boolean;
  /** Adapter B registers only during the run. @default false */
  readonly bIsLate?: boolean;
  /** The serving worker is not connected to adapter B at the beginning. @default false */
  readonly bIsUnconnected?: boolean;
  /** A leader that was replaced may go on acting for a while. @default false */
  readonly hasFormerLeader?: boolean;
  /** The host reads the epoch and enters the order in two steps. @default false */
  readonly hasSlowRead?: boolean;
  /** What adapters count is part of the state, and receipts are checked. @default false */
  readonly countsReceipts?: boolean;
  /** A and B are the same but for their names: states that differ only by exchanging them are one. Needs a run without requests. @default false */
  readonly isSymmetric?: boolean;
  readonly rules?: Partial<Rules>;
  readonly bug?: Bug;
}
