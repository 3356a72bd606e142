/**
 * What became of a request that a hand-over found in flight.
 *
 * - finished: answered, or left by its client. failed: ended by the adapter, with a status from 500 or a broken connection.
 * - moved: never begun, and handed to another worker. replayed: run once more on another worker.
 */
export type Fate = 'finished' | 'moved' | 'replayed' | 'failed';

export interface TallyFacts {
  /** Empty: the hand-over is not known to belong to a recycle. */
  readonly recycleId: string;
  readonly pool: string;
  readonly channelId: number;
  readonly slot: string;
  /** The worker that the hand-over takes work from. */
  readonly from: string;
  /** Requests in flight on the worker that the hand-over takes work from. */
  readonly inFlight: number;
  /** Number of the last request that was handed over before it. */
  readonly lastN: number;
}

/**
 * What becomes of the requests that one hand-over found in flight on the worker it takes work from (handover.md, Receipts).
 *
 * - finished + moved + replayed + failed = inFlight, as soon as it is final.
 * - Times are on the adapter's clock.
 */
export class Tally {
  recycleId: string;
  readonly pool: string;
  readonly channelId: number;
  readonly slot: string;
  readonly from: string;
  readonly inFlight: number;
  readonly lastN: number;
  finished = 0;
  moved = 0;
  replayed = 0;
  failed = 0;
  /** The longest wait that the hand-over caused a request. */
  longestHoldMs = 0;
  /** When the last of them was no longer with the old worker; 0: there was none. */
  lastEndedAtMs = 0;
  /** Changes since it began: tells what was reported from what was not. */
  revision = 0;
  private present: number;
  private readonly onChange: (tally: Tally) => void;

  constructor(facts: TallyFacts, onChange: (tally: Tally) => void) {
    this.recycleId = facts.recycleId;
    this.pool = facts.pool;
    this.channelId = facts.channelId;
    this.slot = facts.slot;
    this.from = facts.from;
    this.inFlight = facts.inFlight;
    this.lastN = facts.lastN;
    this.present = facts.inFlight;
    this.onChange = onChange;
  }

  /** What became of every request is known. */
  get isFinal(): boolean {
    return this.finished + this.moved + this.replayed + this.failed === this.inFlight;
  }

  /** None of them is with the old worker any more. */
  get isLeft(): boolean {
    return this.present === 0;
  }

  /** One of them is no longer with the old worker. */
  leave(nowMs: number): void {
    this.present--;
    this.lastEndedAtMs = nowMs;
  }

  count(fate: Fate): void {
    this[fate]++;
    this.change();
  }

  /** A request waited because of the hand-over. */
  hold(waitedMs: number): void {
    if (waitedMs <= this.longestHoldMs) return;
    this.longestHoldMs = waitedMs;
    this.change();
  }

  private change(): void {
    this.revision++;
    this.onChange(this);
  }
}
