import type { Order } from './order.ts';
import type { WorkerRecord } from './record.ts';

/** Position of an order of one slot. */
export interface OrderPosition {
  readonly epoch: number;
  readonly number: number;
}

/** Why an order is not entered. */
export type RefusalReason = 'stale' | 'deadline' | 'overtaken';

/** What entering the order means. `nothing`: it is entered and asks for nothing that is not so already. */
export type Verdict =
  | { readonly type: 'refuse'; readonly reason: RefusalReason }
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'connect' }
  | { readonly type: 'bury' }
  | { readonly type: 'nothing' };

export interface OrderFacts {
  /** Of the key in Redis, read just before. */
  readonly epochInRedis: number;
  /** The highest this host has seen anywhere. */
  readonly highestEpoch: number;
  /** The slot's last entered order. */
  readonly last: OrderPosition | undefined;
  readonly record: WorkerRecord | undefined;
  /** The host had this worker once, even if its record is forgotten. */
  readonly everHad: boolean;
  readonly nowMs: number;
}

/**
 * Decides what becomes of an order (handover.md, "Orders to hosts").
 *
 * - An epoch below what Redis or this host knows is stale, whatever else holds: its leader was replaced.
 * - A start does nothing for a worker the host ever had; a stop of one it never had buries it, so that its late start does nothing.
 * - `(epoch, number)` lower than the slot's last entered order was overtaken; an equal one is the same order again.
 */
export function judge(order: Order, facts: OrderFacts): Verdict {
  if (order.epoch < Math.max(facts.epochInRedis, facts.highestEpoch)) return { type: 'refuse', reason: 'stale' };
  if (order.deadlineMs > 0 && facts.nowMs > order.deadlineMs) return { type: 'refuse', reason: 'deadline' };
  if (facts.last && isBefore(order, facts.last)) return { type: 'refuse', reason: 'overtaken' };
  const isLive = facts.record !== undefined && facts.record.state !== 'exited';
  if (order.verb.type === 'start') return facts.everHad ? { type: 'nothing' } : { type: 'start' };
  if (isLive) return { type: order.verb.type };
  return facts.everHad ? { type: 'nothing' } : { type: 'bury' };
}

function isBefore(a: OrderPosition, b: OrderPosition): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.number < b.number);
}
