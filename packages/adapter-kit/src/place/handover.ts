import type { Slot } from './slot.ts';

/** Handover as WAS asks for it; `from` and `to` are worker ids, empty for nobody. */
export interface HandoverOrder {
  readonly recycleId: string;
  readonly slot: string;
  readonly from: string;
  readonly to: string;
  readonly onlyIfIdle: boolean;
  /** Of the recycle, W3C. @default not traced */
  readonly traceparent?: string;
}

export type HandoverAnswer =
  | { readonly kind: 'done'; readonly inFlight: number }
  | { readonly kind: 'notReady' }
  | { readonly kind: 'busy'; readonly inFlight: number; readonly parked: number };

/** What the adapter has to do for a Handover: answer only, or answer after switching. */
export type HandoverDecision = { readonly switches: false; readonly answer: HandoverAnswer } | { readonly switches: true };

/**
 * Decides a Handover from what the slot looks like now (handover.md, Hand-over 1).
 *
 * - busy: only if idle was asked, and something is parked or in flight.
 * - notReady: `to` is not connected here, or has said leaving.
 * - a repeat is answered with the number of the first time.
 */
export function decideHandover(slot: Slot, order: HandoverOrder, parked: number): HandoverDecision {
  const { last } = slot;
  const isRepeat = last !== undefined && last.from === order.from && last.to === order.to && (slot.eligible?.workerId ?? '') === order.to;
  if (order.onlyIfIdle) {
    const inFlight = slot.inFlight;
    if (inFlight > 0 || parked > 0) return { switches: false, answer: { kind: 'busy', inFlight, parked } };
  }
  if (order.to !== '') {
    const session = slot.instances.get(order.to)?.session;
    if (session?.state !== 'open' || session.leaving) return { switches: false, answer: { kind: 'notReady' } };
  }
  if (isRepeat) return { switches: false, answer: { kind: 'done', inFlight: last.tally.inFlight } };
  return { switches: true };
}
