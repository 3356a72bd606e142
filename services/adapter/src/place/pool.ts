import type { AdapterSession } from '@baton/channel';
import type { ErrorCode } from '@baton/core';
import { decideHandover, type HandoverAnswer, type HandoverOrder } from './handover.ts';
import { pick } from './pick.ts';
import type { Placeable } from './placeable.ts';
import { ParkedQueue } from './queue.ts';
import { Slot } from './slot.ts';
import { drain, switchTo } from './switch-to.ts';

/** Why parked requests still wait, in WAS's words. */
export interface ActivationFault {
  readonly code: string;
  readonly cause: string;
}

export interface PoolPlaceOptions {
  readonly pool: string;
  /** Requests that may wait at once. */
  queueLength: number;
  /** Work is parked and no connected instance is eligible: the pool needs an Open. Called inside the step, so it must not call back. */
  readonly onNeed: () => void;
}

/**
 * Where the requests of one pool go: to an eligible instance, or into the queue. One per channel.
 *
 * - Every method is one synchronous step of handover.md; nothing in here waits.
 * - Only the eligible worker of a slot gets new work; connecting alone does not make a replacement eligible.
 */
export class PoolPlace {
  readonly slots = new Map<string, Slot>();
  readonly parked = new ParkedQueue();
  isEnabled = true;
  stopCause = '';
  fault: ActivationFault | undefined = undefined;
  /** Why the next worker is needed; tells a request what it waited for. */
  needCause = 'first-request';
  private readonly options: PoolPlaceOptions;
  private targets: AdapterSession[] = [];
  private turn = 0;
  private isDelivering = false;

  constructor(options: PoolPlaceOptions) {
    this.options = options;
  }

  get inFlight(): number {
    let sum = 0;
    for (const slot of this.slots.values()) sum += slot.inFlight;
    return sum;
  }

  set queueLength(length: number) {
    this.options.queueLength = length;
  }

  /** Somebody connected is eligible: then no Open is needed, whatever is parked. */
  get hasConnectedEligible(): boolean {
    for (const slot of this.slots.values()) if (slot.hasConnectedEligible) return true;
    return false;
  }

  /** Parks work need a worker that is not there. */
  get needsWorker(): boolean {
    return this.isEnabled && this.parked.size > 0 && !this.hasConnectedEligible;
  }

  /** Takes a new request: delivered in this step when somebody is eligible and nobody waits, else parked or refused. Returns false when it was not delivered. */
  submit(item: Placeable): boolean {
    if (this.parked.size === 0 && this.isEnabled) {
      const at = pick(this.targets, this.turn);
      if (at >= 0) {
        this.turn = at + 1;
        item.deliver(this.targets[at]!);
        return true;
      }
    }
    if (!this.isEnabled) item.refuse('POOL_STOPPED', this.stopCause);
    else if (this.parked.size >= this.options.queueLength) item.refuse('QUEUE_FULL', `${this.parked.size} requests wait already`);
    else {
      this.parked.push(item);
      if (this.targets.length === 0) this.options.onNeed();
    }
    return false;
  }

  /** Takes back a request that its worker refused or lost before it began; older than all that wait, and never refused for queueLength. */
  move(item: Placeable): void {
    if (!this.isEnabled) {
      item.refuse('POOL_STOPPED', this.stopCause);
      return;
    }
    this.parked.pushMoved(item);
    this.deliver();
    if (this.needsWorker) this.options.onNeed();
  }

  /** A parked request is no longer wanted: its client left or its time is over. */
  unpark(item: Placeable): boolean {
    return this.parked.remove(item);
  }

  // ---- sessions --------------------------------------------------------------------------------------------------

  /** A worker finished its first connect here (handover.md, Becoming ready 3). */
  connected(session: AdapterSession): void {
    const { workerId, generation, role } = session.identity;
    const slot = this.slotOf(session.identity.slot);
    slot.sessions.set(workerId, session);
    slot.generations.set(workerId, generation);
    slot.highestGeneration = Math.max(slot.highestGeneration, generation);
    const mark = slot.marks.get(workerId);
    if (mark) session.drain();
    if (slot.eligible?.workerId === workerId) slot.eligible = { workerId, generation };
    if (mark === 'resuming') this.resume(slot, workerId);
    else if (role === 'activation' && mark === undefined && (slot.eligible?.generation ?? 0) < generation) {
      if (slot.eligible) drain(slot, slot.eligible.workerId);
      slot.eligible = { workerId, generation };
    }
    this.refresh();
  }

  /** The worker was told to stop; where it is eligible here, its successor takes over, connected or not (handover.md, Draining). */
  leaving(session: AdapterSession, successor: string): void {
    const slot = this.slots.get(session.identity.slot);
    if (!slot) return;
    const { workerId } = session.identity;
    if (slot.eligible?.workerId === workerId) this.switchSlot(slot, slot.last?.recycleId ?? '', workerId, successor);
    else drain(slot, workerId);
    this.refresh();
  }

  /** The link of a session was lost, came back, or the session takes new work again. */
  changed(): void {
    this.refresh();
  }

  /** The session is over. The worker stays eligible unless it is known dead: it may connect anew. */
  closed(session: AdapterSession): void {
    const slot = this.slots.get(session.identity.slot);
    if (slot?.sessions.get(session.identity.workerId) === session) slot.sessions.delete(session.identity.workerId);
    this.refresh();
  }

  /** The host reported this worker dead: the only thing, besides the resume limit, that ends its requests. */
  gone(slotName: string, workerId: string, cause: string, isPlanned: boolean): void {
    const slot = this.slots.get(slotName);
    if (!slot) return;
    const session = slot.sessions.get(workerId);
    if (slot.eligible?.workerId === workerId) {
      slot.eligible = undefined;
      if (!isPlanned) this.needCause = 'crash';
    }
    slot.sessions.delete(workerId);
    slot.marks.delete(workerId);
    slot.generations.delete(workerId);
    this.refresh();
    session?.close('WORKER_DIED', cause);
    this.refresh();
  }

  // ---- orders of WAS ---------------------------------------------------------------------------------------------

  handover(order: HandoverOrder): HandoverAnswer {
    const slot = this.slotOf(order.slot);
    const decision = decideHandover(slot, order, this.parked.size);
    if (!decision.switches) return decision.answer;
    // Nobody succeeds the worker of a stopped pool: its next start has another cause.
    if (order.to === '' && !order.onlyIfIdle && this.isEnabled) this.needCause = 'recycle';
    const inFlight = this.switchSlot(slot, order.recycleId, order.from, order.to);
    this.refresh();
    return { kind: 'done', inFlight };
  }

  /** Stopped or started by an operator or rapid-fail; stopping refuses what waits, at once. */
  setEnabled(isEnabled: boolean, cause: string): void {
    if (isEnabled !== this.isEnabled) this.needCause = 'first-request';
    this.isEnabled = isEnabled;
    this.stopCause = cause;
    if (isEnabled) this.refresh();
    else this.refuseParked('POOL_STOPPED', cause);
  }

  refuseParked(code: ErrorCode, cause: string): void {
    for (const item of this.parked.takeAll()) item.refuse(code, cause);
  }

  /** Hands over what is parked, oldest first, as long as somebody takes it. */
  deliver(): void {
    if (this.isDelivering) return;
    this.isDelivering = true;
    try {
      for (let item = this.parked.first(); item; item = this.parked.first()) {
        const at = pick(this.targets, this.turn);
        if (at < 0) break;
        this.turn = at + 1;
        this.parked.remove(item);
        item.deliver(this.targets[at]!);
      }
    } finally {
      this.isDelivering = false;
    }
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

  private switchSlot(slot: Slot, recycleId: string, from: string, to: string): number {
    return switchTo(slot, recycleId, from, to, (workerId) => this.resume(slot, workerId));
  }

  /** Asks a drained worker to take work again; it stays marked until it has acknowledged, which a worker told to stop never does. */
  private resume(slot: Slot, workerId: string): void {
    slot.marks.set(workerId, 'resuming');
    const session = slot.sessions.get(workerId);
    session?.resume().then(
      () => {
        if (slot.marks.get(workerId) !== 'resuming' || slot.sessions.get(workerId) !== session) return;
        slot.marks.delete(workerId);
        this.refresh();
      },
      () => {},
    );
  }

  /** Works out anew who may take work, and delivers what waited for that. */
  private refresh(): void {
    this.targets = [];
    for (const slot of this.slots.values()) {
      const target = slot.target;
      if (target) this.targets.push(target);
    }
    this.deliver();
    if (this.targets.length > 0) this.needCause = 'first-request';
    else if (this.needsWorker) this.options.onNeed();
  }
}
