import type { Tally } from '../place/tally.ts';

/** What one recycle is reported to have done is told again at most this often while it goes on, ms. */
const EVERY_MS = 1_000;
/** Recycles kept for a leader that never acknowledges. */
const MOST_KEPT = 1_000;

interface Told {
  /** Of the tally as it was told last; -1: never to this leader. */
  revision: number;
  atMs: number;
  /** When it was heard of. */
  readonly sinceMs: number;
}

/**
 * Decides which recycles to report (RecycleReport): what changed, at most once a second, and the last word at once.
 *
 * - A recycle of which nothing has ended yet is reported when it goes on for a second: what holds its worker is then asked for. Before that the
 *   answer to its Handover said all.
 * - The last word is kept until it was received. One that a hand-over without a successor made longer afterwards is told once more.
 * - Full, it forgets the oldest.
 */
export class RecycleReports {
  private readonly kept = new Map<Tally, Told>();

  /** More is known of a recycle. */
  note(tally: Tally, now: number): void {
    if (this.kept.has(tally)) return;
    this.kept.set(tally, { revision: -1, atMs: Number.NEGATIVE_INFINITY, sinceMs: now });
    if (this.kept.size > MOST_KEPT) for (const oldest of this.kept.keys()) if (this.kept.delete(oldest)) break;
  }

  /** What to report now. */
  due(now: number): Tally[] {
    const due: Tally[] = [];
    for (const [tally, told] of this.kept) {
      const hasNews = tally.revision !== told.revision && (tally.revision > 0 || tally.isFinal || now - told.sinceMs >= EVERY_MS);
      if (!hasNews || (!tally.isFinal && now - told.atMs < EVERY_MS)) continue;
      told.revision = tally.revision;
      told.atMs = now;
      due.push(tally);
    }
    return due;
  }

  /** A leader that registers this adapter has heard nothing. */
  reset(): void {
    for (const told of this.kept.values()) Object.assign(told, { revision: -1, atMs: Number.NEGATIVE_INFINITY });
  }

  /** The leader has the last word. */
  received(recycleId: string, channelId: number, slot: string): void {
    for (const [tally, { revision }] of this.kept) {
      const isNamed = tally.recycleId === recycleId && tally.channelId === channelId && tally.slot === slot;
      if (isNamed && tally.isFinal && revision === tally.revision) this.kept.delete(tally);
    }
  }
}
