import { Delivery } from '../forward/delivery.ts';
import type { Slot } from '../place/slot.ts';

interface Close {
  readonly slot: Slot;
  readonly sinceMs: number;
  /** When each is to be closed; infinite once it was asked to. */
  readonly dueAtMs: Map<Delivery, number>;
}

/**
 * Ends long-lived work politely on workers that are to leave (pool setting `drain.policy: close`).
 *
 * - A worker's share begins `graceMs` after the hand-over, each with a jitter of up to as long again, so that not all clients come back at once.
 * - Work that becomes long-lived while its worker drains (a WebSocket that was just opened) has its turn like the others.
 * - A worker that gets work again after a roll-back keeps what it has.
 */
export class PoliteCloses {
  private readonly closes = new Map<string, Close>();

  /** A hand-over has taken work from this worker. */
  begin(slot: Slot, workerId: string, nowMs: number): void {
    if (!this.closes.has(workerId)) this.closes.set(workerId, { slot, sinceMs: nowMs, dueAtMs: new Map() });
  }

  /** Called often; costs nothing while no worker is to leave. */
  sweep(graceMs: number, nowMs: number): void {
    for (const [workerId, close] of this.closes) {
      const { slot, sinceMs } = close;
      if (slot.eligible?.workerId === workerId || !slot.generations.has(workerId)) this.closes.delete(workerId);
      else if (nowMs - sinceMs >= graceMs) closeDue(close, workerId, graceMs, nowMs);
    }
  }
}

function closeDue({ slot, dueAtMs }: Close, workerId: string, graceMs: number, nowMs: number): void {
  for (const work of slot.instances.get(workerId)?.session.handlers() ?? []) {
    if (!(work instanceof Delivery) || !work.isLongLived) continue;
    const dueAt = dueAtMs.get(work) ?? nowMs + Math.random() * graceMs;
    const isDue = dueAt <= nowMs;
    dueAtMs.set(work, isDue ? Number.POSITIVE_INFINITY : dueAt);
    if (isDue) work.closePolitely();
  }
}
