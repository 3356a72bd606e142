/** Counts that only grow, by slot: of all its workers since the host began. */
export class SlotTotals {
  readonly #counts = new Map<string, number>();

  of(slot: string): number {
    return this.#counts.get(slot) ?? 0;
  }

  /** A worker says `now` of its own count, and has said `last` before. */
  add(slot: string, now = 0, last = 0): void {
    if (now > last) this.#counts.set(slot, this.of(slot) + now - last);
  }
}
