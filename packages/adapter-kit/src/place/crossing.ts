import type { Fate, Tally } from './tally.ts';

/** A request that left a worker which was being handed over, on its way to another. */
export class Crossing {
  private readonly tallies: readonly Tally[];
  private readonly fate: Fate;
  private readonly sinceMs: number;

  /** `sinceMs`: since when it waits for the other worker. */
  constructor(tallies: readonly Tally[], fate: 'moved' | 'replayed', sinceMs: number) {
    this.tallies = tallies;
    this.fate = fate;
    this.sinceMs = sinceMs;
  }

  /** Another worker has it. */
  arrive(nowMs: number): void {
    this.end(this.fate, nowMs);
  }

  /** It ended on the way. */
  end(fate: Fate, nowMs: number): void {
    for (const tally of this.tallies) {
      tally.hold(nowMs - this.sinceMs);
      tally.count(fate);
    }
  }
}
