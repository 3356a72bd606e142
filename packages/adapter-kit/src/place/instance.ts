import type { AdapterSession } from '@baton/channel';
import type { Tally } from './tally.ts';

/** A worker on a channel (handover.md, Words): its session, and how many requests are with it. */
export class Instance {
  readonly session: AdapterSession;
  /** Requests handed over whose response has not ended. */
  inFlight = 0;
  /** Of hand-overs that found requests here which are still here; usually undefined. */
  private tallies: Tally[] | undefined = undefined;

  constructor(session: AdapterSession) {
    this.session = session;
  }

  /** Some of what is in flight here is counted for a hand-over. */
  get isTallied(): boolean {
    return this.tallies !== undefined;
  }

  /** Counts what is in flight here now for a hand-over. */
  tag(tally: Tally): void {
    if (!tally.isLeft) this.tallies = [...(this.tallies ?? []), tally];
  }

  /** The request with number `n` is no longer here: returns the tallies it belongs to. */
  release(n: number, nowMs: number): readonly Tally[] {
    const own = this.tallies?.filter(({ lastN }) => n <= lastN) ?? [];
    for (const tally of own) tally.leave(nowMs);
    if (own.some(({ isLeft }) => isLeft)) {
      const rest = this.tallies?.filter(({ isLeft }) => !isLeft) ?? [];
      this.tallies = rest.length > 0 ? rest : undefined;
    }
    return own;
  }
}
