import type { Adapter } from '../adapter/adapter.ts';
import { cells, type Memory } from '../state/cells.ts';
import { Work } from '../state/words.ts';

/** A request that a client will make some time. */
export interface RequestPlan {
  /** The adapter it comes to. */
  readonly at: 0 | 1;
  /** It may be replayed: GET, HEAD or OPTIONS without a body. */
  readonly isSafe: boolean;
}

/**
 * One request at its adapter.
 *
 * - `executions`: how often a worker has begun it, two at most.
 * - `isTagged`: it was in flight on `from` at the adapter's last Handover, and counts into the receipt.
 */
export class Request extends cells('state', 'worker', 'wasReplayed', 'executions', 'isTagged') {
  /** Its number in frames, from 1. */
  readonly number: number;
  readonly adapter: Adapter;
  readonly isSafe: boolean;

  constructor(memory: Memory, number: number, adapter: Adapter, isSafe: boolean) {
    super(memory);
    this.number = number;
    this.adapter = adapter;
    this.isSafe = isSafe;
  }

  get name(): string {
    return `request ${this.number}`;
  }

  isInFlightOn(generation: number): boolean {
    return this.worker === generation && (this.state === Work.written || this.state === Work.running);
  }

  get isUnanswered(): boolean {
    return this.state > Work.expected && this.state < Work.answered;
  }
}
