import type { Slot } from './slot.ts';

/** A request waits, or has waited: it counts for every hand-over because of which nobody takes work. */
export function noteHolds(slots: Iterable<Slot>, arrivedAtMs: number, nowMs: number): void {
  for (const { hold } of slots) if (hold) hold.tally.hold(nowMs - Math.max(arrivedAtMs, hold.sinceMs));
}

/** Somebody takes work: where the slot itself does, its hand-over holds nobody up any more. */
export function endHolds(slots: Iterable<Slot>): void {
  for (const slot of slots) if (slot.hold && slot.target) slot.hold = undefined;
}
