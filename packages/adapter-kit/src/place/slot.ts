import type { Instance } from './instance.ts';
import type { Tally } from './tally.ts';

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
  /** Of what was in flight on `from`; after a roll-back that of the hand-over it takes back. */
  readonly tally: Tally;
}

/** Nobody of the slot takes work because of a hand-over. */
export interface Hold {
  readonly tally: Tally;
  readonly sinceMs: number;
}

/** Marks and generations kept of workers that are not connected here; older ones are below any that is eligible. */
const MOST_ABSENT = 100;

const REPLACEMENT = 'replacement:';

/** What one channel knows of a slot of its pool. */
export class Slot {
  readonly name: string;
  eligible: Eligible | undefined = undefined;
  last: LastHandover | undefined = undefined;
  /** Of the last recycle that took work from a worker here. */
  recycle: Tally | undefined = undefined;
  highestGeneration = 0;
  /** Undefined: work is taken, or nobody takes it for another reason. */
  hold: Hold | undefined = undefined;
  /** Workers whose session here is not closed, by id. */
  readonly instances = new Map<string, Instance>();
  /** Marks of workers, connected here or not. */
  readonly marks = new Map<string, Mark>();
  /** Generations of the workers that were ever connected here and are not known dead. */
  readonly generations = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** Where new work may go now; undefined: it has to wait. */
  get target(): Instance | undefined {
    if (!this.eligible || this.marks.has(this.eligible.workerId)) return undefined;
    const instance = this.instances.get(this.eligible.workerId);
    return instance?.session.state === 'open' && !instance.session.leaving ? instance : undefined;
  }

  /** The eligible worker is connected here, though it may still have to acknowledge a resume frame. */
  get hasConnectedEligible(): boolean {
    return this.eligible !== undefined && this.instances.get(this.eligible.workerId)?.session.state === 'open';
  }

  get inFlight(): number {
    let sum = 0;
    for (const { session } of this.instances.values()) sum += session.inFlight;
    return sum;
  }

  /** Workers that were ever connected here, or are marked, and are not known dead: there may be requests of this channel with them. */
  get workerIds(): string[] {
    return [...new Set([...this.generations.keys(), ...this.marks.keys()])];
  }

  /** Id of the recycle in which `from` gives way to `to`, as far as it is known here; else empty. */
  recycleBetween(from: string, to: string): string {
    const role = this.instances.get(to)?.session.identity.role;
    if (role?.startsWith(REPLACEMENT)) return role.slice(REPLACEMENT.length);
    // A worker that leaves after a roll-back which was missed here.
    return this.last?.from === to && this.last.to === from ? this.last.recycleId : '';
  }

  mark(workerId: string, mark: Mark): void {
    this.marks.set(workerId, mark);
    this.forgetOldest(this.marks);
  }

  /** A worker has connected here. */
  enter(instance: Instance): void {
    const { workerId, generation } = instance.session.identity;
    this.instances.set(workerId, instance);
    this.generations.set(workerId, generation);
    this.forgetOldest(this.generations);
    this.highestGeneration = Math.max(this.highestGeneration, generation);
  }

  /** The worker is dead: nothing is kept of it. */
  forget(workerId: string): void {
    this.instances.delete(workerId);
    this.marks.delete(workerId);
    this.generations.delete(workerId);
  }

  /** Deaths that were reported while WAS was away from this adapter would leave one entry each. */
  private forgetOldest(known: Map<string, unknown>): void {
    if (known.size <= MOST_ABSENT) return;
    for (const workerId of known.keys()) {
      if (this.instances.has(workerId) || this.eligible?.workerId === workerId) continue;
      known.delete(workerId);
      return;
    }
  }
}
