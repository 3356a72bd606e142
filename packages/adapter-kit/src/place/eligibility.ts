import type { AdapterSession } from '@baton/channel';
import { decideHandover, type HandoverAnswer, type HandoverOrder } from './handover.ts';
import { Instance } from './instance.ts';
import type { Sequence } from './sequence.ts';
import { Slot } from './slot.ts';
import { drain, switchTo } from './switch-to.ts';
import { Tally } from './tally.ts';

/** Another worker of a slot, or nobody, may get new work. */
export interface Switch {
  readonly slot: string;
  /** Empty: it belongs to no recycle, or to one that is not known here. */
  readonly recycleId: string;
  readonly from: string;
  /** Empty: nobody. */
  readonly to: string;
  /** Requests in flight on `from`; of a roll-back: as at the hand-over it takes back. */
  readonly inFlight: number;
  /** Its place in the adapter's Sequence. */
  readonly n: number;
}

export interface EligibilityOptions {
  readonly pool: string;
  readonly channelId: number;
  readonly sequence: Sequence;
  readonly now: () => number;
  /** A drained worker has acknowledged that it takes work again. */
  readonly onResumed: () => void;
  /** Called inside the step, so it must not call back. */
  readonly onSwitch: (facts: Switch) => void;
  /** A recycle took work from a worker here, or more is known of what became of that. */
  readonly onTally: (tally: Tally) => void;
}

/**
 * Which workers of a pool may get new work here, slot by slot.
 *
 * - Every method is one synchronous step of handover.md; nothing in here waits.
 * - Only the eligible worker of a slot gets new work; connecting alone does not make a replacement eligible.
 */
export class Eligibility {
  readonly slots = new Map<string, Slot>();
  private readonly options: EligibilityOptions;

  constructor(options: EligibilityOptions) {
    this.options = options;
  }

  /** A worker finished its first connect here (handover.md, Becoming ready 3). */
  connected(session: AdapterSession): void {
    const { workerId, generation, role } = session.identity;
    const slot = this.slotOf(session.identity.slot);
    slot.enter(new Instance(session));
    const mark = slot.marks.get(workerId);
    if (mark) session.drain();
    if (slot.eligible?.workerId === workerId) slot.eligible = { workerId, generation };
    if (mark === 'resuming') this.resume(slot, workerId);
    else if (role === 'activation' && mark === undefined && (slot.eligible?.generation ?? 0) < generation) {
      const from = slot.eligible?.workerId ?? '';
      if (from !== '') drain(slot, from);
      slot.eligible = { workerId, generation };
      this.tell(slot, '', from, workerId, slot.instances.get(from)?.inFlight ?? 0);
    }
  }

  /** The worker was told to stop; where it is eligible here, its successor takes over, connected or not (handover.md, Draining). */
  leaving(session: AdapterSession, successor: string): void {
    const { slot: name, workerId } = session.identity;
    const slot = this.slots.get(name);
    if (!slot) return;
    if (slot.eligible?.workerId !== workerId) {
      drain(slot, workerId);
      return;
    }
    const to = successor === workerId ? '' : successor;
    this.switch(slot, { recycleId: slot.recycleBetween(workerId, to), slot: name, from: workerId, to, onlyIfIdle: false });
  }

  /** The session is over. The worker stays eligible unless it is known dead: it may connect anew. */
  closed(session: AdapterSession): void {
    const { slot: name, workerId } = session.identity;
    const slot = this.slots.get(name);
    if (slot?.instances.get(workerId)?.session === session) slot.instances.delete(workerId);
  }

  /** The worker is dead. Returns its instance, and whether it was the eligible one. */
  gone(slotName: string, workerId: string): { readonly instance: Instance | undefined; readonly wasEligible: boolean } {
    const slot = this.slots.get(slotName);
    const instance = slot?.instances.get(workerId);
    const wasEligible = slot?.eligible?.workerId === workerId;
    if (slot && wasEligible) {
      slot.eligible = undefined;
      this.tell(slot, '', workerId, '', instance?.inFlight ?? 0);
    }
    slot?.forget(workerId);
    return { instance, wasEligible };
  }

  handover(order: HandoverOrder, parked: number): HandoverAnswer {
    const slot = this.slotOf(order.slot);
    const decision = decideHandover(slot, order, parked);
    if (decision.switches) return { kind: 'done', inFlight: this.switch(slot, order).inFlight };
    if (decision.answer.kind === 'done') this.claim(slot, order.recycleId);
    return decision.answer;
  }

  // ---- the inside ------------------------------------------------------------------------------------------------

  private slotOf(name: string): Slot {
    let slot = this.slots.get(name);
    if (!slot) {
      slot = new Slot(name);
      this.slots.set(name, slot);
    }
    return slot;
  }

  /** Makes the step. Returns the tally of what was in flight; a roll-back keeps that of the hand-over it takes back. */
  private switch(slot: Slot, order: HandoverOrder): Tally {
    const { recycleId, from, to, onlyIfIdle } = order;
    const known = recycleId !== '' && slot.recycle?.recycleId === recycleId ? slot.recycle : undefined;
    const tally = known ?? this.begin(slot, order);
    switchTo(slot, from, to, (workerId) => this.resume(slot, workerId));
    slot.last = { recycleId, from, to, tally };
    if (!onlyIfIdle && !slot.target) slot.hold ??= { tally, sinceMs: this.options.now() };
    this.tell(slot, recycleId, from, to, tally.inFlight);
    if (!known && !onlyIfIdle) this.enter(slot, tally);
    return tally;
  }

  /** Tags what is in flight on `from` now. */
  private begin(slot: Slot, { recycleId, from }: HandoverOrder): Tally {
    const { pool, channelId, sequence } = this.options;
    const instance = slot.instances.get(from);
    const facts = { recycleId, pool, channelId, slot: slot.name, from, inFlight: instance?.inFlight ?? 0, lastN: sequence.last };
    const tally = new Tally(facts, () => {
      if (tally.recycleId !== '') this.options.onTally(tally);
    });
    instance?.tag(tally);
    return tally;
  }

  private enter(slot: Slot, tally: Tally): void {
    if (tally.recycleId === '') return;
    slot.recycle = tally;
    this.options.onTally(tally);
  }

  /** A Handover asks for what a leaving worker brought about before: now its recycle is known. */
  private claim(slot: Slot, recycleId: string): void {
    const { last } = slot;
    if (last?.recycleId !== '' || recycleId === '') return;
    const { from, to, tally } = last;
    slot.last = { recycleId, from, to, tally };
    tally.recycleId = recycleId;
    this.tell(slot, recycleId, from, to, tally.inFlight);
    this.enter(slot, tally);
  }

  /** Asks a drained worker to take work again; it stays marked until it has acknowledged, which a worker told to stop never does. */
  private resume(slot: Slot, workerId: string): void {
    slot.mark(workerId, 'resuming');
    const session = slot.instances.get(workerId)?.session;
    session?.resume().then(
      () => {
        if (slot.marks.get(workerId) !== 'resuming' || slot.instances.get(workerId)?.session !== session) return;
        slot.marks.delete(workerId);
        this.options.onResumed();
      },
      () => {},
    );
  }

  private tell({ name }: Slot, recycleId: string, from: string, to: string, inFlight: number): void {
    this.options.onSwitch({ slot: name, recycleId, from, to, inFlight, n: this.options.sequence.next() });
  }
}
