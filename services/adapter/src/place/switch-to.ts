import type { Slot } from './slot.ts';

/** Sends drain behind the last open frame of a worker, or marks it so that drain is the first frame it gets. */
export function drain(slot: Slot, workerId: string): void {
  if (slot.marks.get(workerId) === 'drained') return;
  slot.marks.set(workerId, 'drained');
  slot.sessions.get(workerId)?.drain();
}

/**
 * The one synchronous step of a hand-over: `to` becomes the only eligible worker of the slot (empty: nobody), `from` and whoever was eligible are drained.
 * Returns what is in flight on `from`.
 *
 * - `resume` is called when `to` was drained here before: the first open waits for its acknowledgement.
 */
export function switchTo(slot: Slot, recycleId: string, from: string, to: string, resume: (workerId: string) => void): number {
  const inFlight = slot.sessions.get(from)?.inFlight ?? 0;
  const before = slot.eligible?.workerId;
  if (before !== undefined && before !== to) drain(slot, before);
  if (from !== '' && from !== to && from !== before) drain(slot, from);
  if (to === '') slot.eligible = undefined;
  else if (before !== to) slot.eligible = { workerId: to, generation: generationOf(slot, from, to) };
  slot.last = { recycleId, from, to, inFlight };
  if (to !== '' && slot.marks.get(to) === 'drained') resume(to);
  return inFlight;
}

/** A successor that never connected here is at least one generation above the one it succeeds. */
function generationOf(slot: Slot, from: string, to: string): number {
  return slot.generations.get(to) ?? (slot.generations.get(from) ?? slot.highestGeneration) + 1;
}
