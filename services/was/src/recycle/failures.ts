/**
 * Why a recycle failed although nothing is wrong with its replacement: the receipt says it to operators, and a rollout asks again when it reads one.
 * Every other failure is the replacement's.
 */
export const FAILURES = {
  leaderChange: 'another leader has taken over',
  noChannel: 'no channel is attached',
  notServed: 'the slot is not served any more: its pool was stopped or made smaller',
  nobodyServes: 'nobody serves the slot any more; its next worker starts with what is configured now',
  calledOff: 'it was called off: a worker with the same new settings died, which stopped their rollout',
  anotherChange: 'another change of the slot runs',
} as const;

const INNOCENT: ReadonlySet<string> = new Set(Object.values(FAILURES));

/** The failure says nothing about the new worker or its settings. */
export function isInnocent(failure: string): boolean {
  return INNOCENT.has(failure);
}
