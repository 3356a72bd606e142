import type { AdapterSession } from '@baton/channel';

/** Drained: a drain frame was sent, or is the first frame it gets. Resuming: a resume frame waits for its acknowledgement. */
export type Mark = 'drained' | 'resuming';

/** The worker of a slot that new work goes to, connected here or not. */
export interface Eligible {
  readonly workerId: string;
  /** A lower bound while the worker was never connected here. */
  readonly generation: number;
}

/** The last Handover a slot obeyed, so that a repeat gets the same answer. */
export interface LastHandover {
  readonly recycleId: string;
  readonly from: string;
  readonly to: string;
  readonly inFlight: number;
}

/** What one channel knows of a slot of its pool. */
export class Slot {
  readonly name: string;
  eligible: Eligible | undefined = undefined;
  last: LastHandover | undefined = undefined;
  highestGeneration = 0;
  /** Sessions that are not closed, by worker id. */
  readonly sessions = new Map<string, AdapterSession>();
  /** Marks of workers, connected here or not. */
  readonly marks = new Map<string, Mark>();
  /** Generations of the workers that were ever connected here and are not known dead. */
  readonly generations = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** The session that new work may go to now; undefined: it has to wait. */
  get target(): AdapterSession | undefined {
    if (!this.eligible || this.marks.has(this.eligible.workerId)) return undefined;
    const session = this.sessions.get(this.eligible.workerId);
    return session?.state === 'open' && !session.leaving ? session : undefined;
  }

  /** The eligible worker is connected here, though it may still have to acknowledge a resume frame. */
  get hasConnectedEligible(): boolean {
    return this.eligible !== undefined && this.sessions.get(this.eligible.workerId)?.state === 'open';
  }

  get inFlight(): number {
    let sum = 0;
    for (const session of this.sessions.values()) sum += session.inFlight;
    return sum;
  }
}
