import type { Instance } from './instance.ts';

/**
 * Chooses among the instances that may take new work: the one with the fewest requests in flight, the next in turn where they are equal.
 * Returns its index, -1 when none takes one now.
 */
export function pick(targets: readonly Instance[], turn: number): number {
  const count = targets.length;
  if (count === 1) return targets[0]!.session.writable ? 0 : -1;
  let best = -1;
  for (let i = 0; i < count; i++) {
    const index = (turn + i) % count;
    const { session } = targets[index]!;
    if (session.writable && (best < 0 || session.inFlight < targets[best]!.session.inFlight)) best = index;
  }
  return best;
}
