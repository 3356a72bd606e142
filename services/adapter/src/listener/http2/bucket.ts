/** A budget that is spent by things that happen and refills with time. */
export class Bucket {
  private left: number;
  private filledAtMs = 0;
  private readonly burst: number;
  private readonly perSecond: number;

  constructor(burst: number, perSecond: number) {
    this.burst = burst;
    this.perSecond = perSecond;
    this.left = burst;
  }

  /** Spends one; false: nothing is left. */
  spend(nowMs: number): boolean {
    if (this.left < this.burst) this.left = Math.min(this.burst, this.left + ((nowMs - this.filledAtMs) * this.perSecond) / 1_000);
    this.filledAtMs = nowMs;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}
