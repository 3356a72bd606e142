import type { AdapterSession } from '@baton/channel';
import type { ErrorCode } from '@baton/core';
import { Eligibility, type Switch } from './eligibility.ts';
import type { HandoverAnswer, HandoverOrder } from './handover.ts';
import { endHolds, noteHolds } from './holds.ts';
import type { Instance } from './instance.ts';
import { pick } from './pick.ts';
import type { Placeable } from './placeable.ts';
import { ParkedQueue } from './queue.ts';
import type { Sequence } from './sequence.ts';
import type { Slot } from './slot.ts';
import type { Tally } from './tally.ts';

/** Why parked requests still wait, in WAS's words. */
export interface ActivationFault {
  readonly code: string;
  readonly cause: string;
}

/** What a place says. Called inside a step, so none of them may call back. */
export interface PlaceEvents {
  /** Work is parked and no connected instance is eligible: the pool needs an Open. */
  onNeed(): void;
  onSwitch(facts: Switch): void;
  /** A recycle took work from a worker here, or more is known of what became of that. */
  onTally(tally: Tally): void;
}

export interface PoolPlaceOptions {
  readonly pool: string;
  readonly channelId: number;
  /** Requests that may wait at once. */
  queueLength: number;
  /** Of all pools of the adapter. */
  readonly sequence: Sequence;
  readonly now: () => number;
  readonly events: PlaceEvents;
}

/**
 * Where the requests of one pool go: to an eligible instance, or into the queue. One per channel.
 *
 * - Every method is one synchronous step; nothing in here waits.
 */
export class PoolPlace {
  readonly parked = new ParkedQueue();
  isEnabled = true;
  stopCause = '';
  fault: ActivationFault | undefined = undefined;
  /** Why the next worker is needed; tells a request what it waited for. */
  needCause = 'first-request';
  private readonly options: PoolPlaceOptions;
  private readonly sequence: Sequence;
  private readonly eligibility: Eligibility;
  private targets: Instance[] = [];
  private turn = 0;
  private isDelivering = false;

  constructor(options: PoolPlaceOptions) {
    this.options = options;
    this.sequence = options.sequence;
    const { pool, channelId, sequence, now, events } = options;
    this.eligibility = new Eligibility({
      pool,
      channelId,
      sequence,
      now,
      onResumed: () => this.refresh(),
      onSwitch: (facts) => events.onSwitch(facts),
      onTally: (tally) => events.onTally(tally),
    });
  }

  get slots(): ReadonlyMap<string, Slot> {
    return this.eligibility.slots;
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

  /** New work would be delivered in the step in which it comes. */
  get isTaking(): boolean {
    return this.isEnabled && this.targets.some(({ session }) => session.writable);
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
        item.deliver(this.targets[at]!, this.sequence.next());
        return true;
      }
    }
    if (!this.isEnabled) item.refuse('POOL_STOPPED', this.stopCause);
    else if (this.parked.size >= this.options.queueLength) item.refuse('QUEUE_FULL', `${this.parked.size} requests wait already`);
    else {
      this.parked.push(item);
      if (this.targets.length === 0) this.options.events.onNeed();
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
    if (this.needsWorker) this.options.events.onNeed();
  }

  /** A parked request is no longer wanted: its client left or its time is over. */
  unpark(item: Placeable): boolean {
    noteHolds(this.slots.values(), item.arrivedAtMs, this.options.now());
    return this.parked.remove(item);
  }

  // ---- sessions --------------------------------------------------------------------------------------------------

  /** A worker finished its first connect here. */
  connected(session: AdapterSession): void {
    this.eligibility.connected(session);
    this.refresh();
  }

  /** The worker was told to stop. */
  leaving(session: AdapterSession, successor: string): void {
    this.eligibility.leaving(session, successor);
    this.refresh();
  }

  /** The link of a session was lost, came back, or the session takes new work again. */
  changed(): void {
    this.refresh();
  }

  /** The session is over; its worker may connect anew. */
  closed(session: AdapterSession): void {
    this.eligibility.closed(session);
    this.refresh();
  }

  /** The host reported this worker dead: the only thing, besides the resume limit, that ends its requests. */
  gone(slotName: string, workerId: string, cause: string, isPlanned: boolean): void {
    const { instance, wasEligible } = this.eligibility.gone(slotName, workerId);
    if (wasEligible && !isPlanned) this.needCause = 'crash';
    this.refresh();
    instance?.session.close('WORKER_DIED', cause);
    this.refresh();
  }

  // ---- orders of WAS ---------------------------------------------------------------------------------------------

  handover(order: HandoverOrder): HandoverAnswer {
    const answer = this.eligibility.handover(order, this.parked.size);
    // Nobody succeeds the worker of a stopped pool: its next start has another cause.
    if (answer.kind === 'done' && order.to === '' && !order.onlyIfIdle && this.isEnabled) this.needCause = 'recycle';
    this.refresh();
    return answer;
  }

  /** Stopped or started by an operator or rapid-fail; stopping refuses what waits, at once. */
  setEnabled(isEnabled: boolean, cause: string): void {
    if (isEnabled !== this.isEnabled) this.needCause = 'first-request';
    this.isEnabled = isEnabled;
    this.stopCause = cause;
    if (isEnabled) this.refresh();
    else {
      this.refuseParked('POOL_STOPPED', cause);
      for (const slot of this.slots.values()) slot.hold = undefined;
    }
  }

  /** Takes the parked requests of an application out, oldest first. */
  takeParked(appKey: string): Placeable[] {
    if (this.parked.size === 0) return [];
    return this.parked.takeSome(({ app }) => app?.appKey === appKey);
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
        item.deliver(this.targets[at]!, this.sequence.next());
      }
    } finally {
      this.isDelivering = false;
    }
  }

  /** Works out anew who may take work, and delivers what waited for that. */
  private refresh(): void {
    this.targets = [];
    for (const slot of this.slots.values()) {
      const target = slot.target;
      if (target) this.targets.push(target);
    }
    if (this.targets.length > 0) this.endHolds();
    this.deliver();
    if (this.targets.length > 0) this.needCause = 'first-request';
    else if (this.needsWorker) this.options.events.onNeed();
  }

  /** The oldest request that waits has waited longest. */
  private endHolds(): void {
    const oldest = this.parked.first();
    if (oldest) noteHolds(this.slots.values(), oldest.arrivedAtMs, this.options.now());
    endHolds(this.slots.values());
  }
}
