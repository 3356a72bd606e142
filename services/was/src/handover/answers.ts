import type { Seat } from '../cluster/slot.ts';

/** What an adapter answered to a Handover. */
export type Answer = { readonly kind: 'done'; readonly inFlight: number } | { readonly kind: 'notReady' } | { readonly kind: 'busy' };

/**
 * Takes an answer into the seat it belongs to; false: it belongs to another Handover and is ignored.
 *
 * - done: the channel has moved to whom it was asked to.
 */
export function takeAnswer(seat: Seat, recycleId: string, answer: Answer, now: number): boolean {
  if (seat.ask?.recycleId !== recycleId) return false;
  const { to } = seat.ask;
  seat.ask = undefined;
  seat.notReadyAtMs = answer.kind === 'notReady' ? now : undefined;
  if (answer.kind === 'busy') seat.busyFor = recycleId;
  if (answer.kind === 'done') {
    seat.who = to;
    seat.done = { changeId: recycleId, inFlight: answer.inFlight };
  }
  return true;
}
