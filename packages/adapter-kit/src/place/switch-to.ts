import type { Slot } from './slot.ts';

/** Sends drain behind the last open frame of a worker, or marks it so that drain is the first frame it gets. */
export function drain(slot: Slot, workerId: string): void {
  if (slot.marks.get(workerId) === 'drained') return;
  slot.mark(workerId, 'drained');
  slot.instances.get(workerId)?.session.drain();
}

/**
 * The one synchronous step of a hand-over: `to` becomes the only eligible worker of the slot (empty: nobody), `from` and whoever was eligible are drained.
 *
 * - `resume` is called when `to` was drained here before: the first open waits for its acknowledgement.
 */
export function switchTo(slot: Slot, from: string, to: string, resume: (workerId: string) => void): void {
  const before = slot.eligible?.workerId;
  if (before !== undefined && before !== to) drain(slot, before);
  if (from !== '' && from !== to && from !== before) drain(slot, from);
  if (to === '') slot.eligible = undefined;
  else if (before !== to) slot.eligible = { workerId: to, generation: generationOf(slot, from, to) };
  if (to !== '' && slot.marks.get(to) === 'drained') resume(to);
}

/** A successor that never connected here is at least one generation above the one it succeeds. */
function generationOf(slot: Slot, from: string, to: string): number {
  return slot.generations.get(to) ?? (slot.generations.get(from) ?? slot.highestGeneration) + 1;
}
