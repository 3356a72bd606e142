/** Boundaries of durations in seconds, as the semantic conventions advise for http.server.request.duration. */
export const REQUEST_SECONDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Boundaries of starts, recycles and their parts, in seconds: from a spare's 10 ms to a drain of minutes. */
export const LIFECYCLE_SECONDS: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** A distribution of durations in plain numbers: recording is a short search and two additions, and nothing is allocated. */
export class Histogram {
  /** Inclusive upper bounds, seconds. */
  readonly boundaries: readonly number[];
  /** One more than boundaries; each counts its own range only. */
  readonly counts: number[];
  count = 0;
  sumMs = 0;
  private readonly boundariesMs: readonly number[];

  constructor(boundaries: readonly number[]) {
    this.boundaries = boundaries;
    this.boundariesMs = boundaries.map((seconds) => seconds * 1_000);
    this.counts = new Array<number>(boundaries.length + 1).fill(0);
  }

  record(ms: number): void {
    const { boundariesMs } = this;
    let at = 0;
    while (at < boundariesMs.length && ms > boundariesMs[at]!) at++;
    this.counts[at]!++;
    this.count++;
    this.sumMs += ms;
  }

  /** The values of both, in a new one. Their boundaries must be the same. */
  plus(other: Histogram): Histogram {
    const sum = new Histogram(this.boundaries);
    for (let at = 0; at < sum.counts.length; at++) sum.counts[at] = this.counts[at]! + other.counts[at]!;
    sum.count = this.count + other.count;
    sum.sumMs = this.sumMs + other.sumMs;
    return sum;
  }
}
