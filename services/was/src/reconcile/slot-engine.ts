import { create, listener } from '@baton/proto';
import type { LeaderStore } from '@baton/store';
import type { Logger } from '@baton/telemetry';
import { activationFailing } from '../api/listener/messages.ts';
import { tellPool } from '../api/listener/tell.ts';
import { allSlots, type Cluster, channelsOf, findSlot } from '../cluster/cluster.ts';
import type { Failing } from '../cluster/pool.ts';
import type { Slot } from '../cluster/slot.ts';
import type { EventLog } from '../events.ts';
import { LIMITS } from '../limits.ts';
import type { Callback, HostAnswer, Links } from '../links.ts';
import { followMove } from '../recycle/follow.ts';
import type { Receipts } from '../recycle/receipts.ts';
import { noTracer, type Tracer } from '../recycle/tracer.ts';
import type { Time } from '../time.ts';
import { carryOut } from '../worker/effects.ts';
import type { WorkerRecord } from '../worker/record.ts';
import { transition, type WorkerEvent } from '../worker/transition.ts';
import { decide } from './decide.ts';
import type { Engine, Orders, Write } from './engine.ts';
import { gatherFacts } from './facts.ts';
import { Figures } from './figures.ts';
import { endIn, Graves } from './graves.ts';
import { perform } from './perform.ts';
import { permitOpens } from './permit.ts';

/** What an engine is put together from. */
export interface EngineParts {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly log: Logger;
  readonly events: EventLog;
  readonly adapters: Links<Callback>;
  readonly hosts: Links<HostAnswer>;
  readonly orders: Orders;
  readonly receipts: Receipts;
  /** @default noTracer */
  readonly tracer?: Tracer;
  /** Runs a fenced write; it writes again what Redis lost, and ends the leadership when another leader has taken over. */
  readonly fenced: <T>(write: (store: LeaderStore) => Promise<T>) => Promise<T>;
  readonly epoch: () => number;
  /** 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** What the engine keeps for one slot: writes that wait, and when it looks again. */
interface Lane {
  readonly writes: Write[];
  /** A run is under way or about to be. */
  isQueued: boolean;
  /** Something changed since the rules were last asked. */
  isDirty: boolean;
  cancelWake: (() => void) | undefined;
}

/** Actions of one slot in a row; more would be a fault in a rule, not work. */
const MOST_ACTIONS = 200;

/**
 * Settles slots: asks the rules for the next action, carries it out, and asks again until there is none.
 *
 * - One slot is settled by one run at a time, and its writes go out in the order in which they were asked for; slots do not wait for each other.
 * - Facts change at any time, synchronously; whoever changes one touches the slots it concerns.
 */
export class SlotEngine implements Engine {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly log: Logger;
  readonly events: EventLog;
  readonly adapters: Links<Callback>;
  readonly hosts: Links<HostAnswer>;
  readonly orders: Orders;
  readonly receipts: Receipts;
  readonly tracer: Tracer;
  readonly fenced: EngineParts['fenced'];
  readonly epoch: () => number;
  readonly random: () => number;
  readonly graves = new Graves();
  readonly figures = new Figures();
  readonly #lanes = new Map<string, Lane>();
  #recycles = 0;
  #isStopped = false;

  constructor(parts: EngineParts) {
    this.cluster = parts.cluster;
    this.time = parts.time;
    this.log = parts.log;
    this.events = parts.events;
    this.adapters = parts.adapters;
    this.hosts = parts.hosts;
    this.orders = parts.orders;
    this.receipts = parts.receipts;
    this.tracer = parts.tracer ?? noTracer;
    this.fenced = parts.fenced;
    this.epoch = parts.epoch;
    this.random = parts.random ?? Math.random;
  }

  /** This process does not lead any more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Decides nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.receipts.stop();
    this.events.stop();
    for (const lane of this.#lanes.values()) lane.cancelWake?.();
  }

  /** Looks at a slot as soon as what it does now is done. */
  touch(slotName: string): void {
    const lane = this.#laneOf(slotName);
    lane.isDirty = true;
    if (lane.isQueued || this.#isStopped) return;
    lane.isQueued = true;
    queueMicrotask(() => void this.#settle(slotName, lane));
  }

  touchPool(poolName: string): void {
    for (const slot of this.cluster.pools.get(poolName)?.slots.values() ?? []) this.touch(slot.name);
  }

  touchAll(): void {
    for (const slot of allSlots(this.cluster)) this.touch(slot.name);
  }

  /** Queues a write of a slot behind its earlier ones. */
  write(slotName: string, write: Write): void {
    this.#laneOf(slotName).writes.push(write);
    this.touch(slotName);
  }

  /** Applies an event to a worker and carries out what the table asks for. False: the table refuses it. */
  move(workerId: string, event: WorkerEvent): boolean {
    const worker = this.cluster.workers.get(workerId);
    const moved = worker && transition(worker.record, event, this.time.now());
    if (!worker || !moved) return false;
    const before = worker.record;
    worker.record = moved.worker;
    carryOut(this, { worker, before, event }, moved.effects);
    followMove(this, worker.record);
    this.touch(before.slot);
    return true;
  }

  /** An id that no other Handover has. */
  newRecycleId(kind: string): string {
    return `${kind}-${this.epoch()}-${++this.#recycles}`;
  }

  /** Tells the adapters of its pool that a process is dead. */
  tellGone({ pool, slot, id, cause, state }: WorkerRecord): void {
    const facts = { poolId: pool, slot, workerId: id, cause: cause ?? '', planned: state === 'gone' };
    tellPool(this, pool, { case: 'instanceGone', value: create(listener.InstanceGoneSchema, facts) });
  }

  /** Tells the adapters why work of a pool waits, or that nothing is in the way any more. */
  tellFailing(poolName: string, failing: Failing | undefined): void {
    const pool = this.cluster.pools.get(poolName);
    if (!pool || (!pool.failing && !failing)) return;
    pool.failing = failing;
    tellPool(this, poolName, activationFailing(poolName, failing));
  }

  #laneOf(slotName: string): Lane {
    let lane = this.#lanes.get(slotName);
    if (!lane) {
      lane = { writes: [], isQueued: false, isDirty: false, cancelWake: undefined };
      this.#lanes.set(slotName, lane);
    }
    return lane;
  }

  async #settle(slotName: string, lane: Lane): Promise<void> {
    lane.cancelWake?.();
    let wakeAtMs = this.time.now() + LIMITS.tickMs;
    let hasFailed = false;
    try {
      wakeAtMs = await this.#settleUntilCalm(slotName, lane);
    } catch (error) {
      hasFailed = true;
      if (!this.#isStopped) this.log.error({ err: error, slot: slotName }, `slot ${slotName} could not be settled`);
    }
    lane.isQueued = false;
    if (this.#isStopped) return;
    // What failed is tried again, but not at once.
    if (!hasFailed && (lane.writes.length > 0 || lane.isDirty)) return this.touch(slotName);
    if (Number.isFinite(wakeAtMs)) {
      lane.cancelWake = this.time.after(Math.max(1, Math.min(wakeAtMs - this.time.now(), 60_000)), () => this.touch(slotName));
    }
  }

  /** Returns when to look again. */
  async #settleUntilCalm(slotName: string, lane: Lane): Promise<number> {
    for (let count = 0; count < MOST_ACTIONS; count++) {
      // A write that Redis refuses stays the next one: later ones, and decisions, may not overtake it.
      for (let write = lane.writes[0]; write; write = lane.writes[0]) {
        await this.fenced(write);
        lane.writes.shift();
      }
      // Also of a slot that is gone: its pool may have been forgotten between the touch and this run, and nothing else would end the runs.
      lane.isDirty = false;
      const slot = findSlot(this.cluster, slotName);
      if (!slot || this.#isStopped) return Number.POSITIVE_INFINITY;
      const { action, wakeAtMs } = decide(this.#factsOf(slot));
      if (!action) {
        permitOpens(this, slot.pool);
        if (lane.writes.length > 0) continue;
        return wakeAtMs;
      }
      await perform(this, slot, action);
    }
    this.log.error({ slot: slotName }, `slot ${slotName} does not come to rest`);
    return this.time.now() + LIMITS.tickMs;
  }

  #factsOf(slot: Slot) {
    return gatherFacts(this.cluster, slot, this.time.now(), {
      random: this.random,
      newRecycleId: () => this.newRecycleId('calm'),
      endOf: (workerId) => {
        const grave = this.graves.get(workerId);
        return (grave && endIn(grave)) || (this.cluster.workers.has(workerId) ? 'its host is lost' : 'unknown');
      },
    });
  }

  /** Attached channels of a pool, by adapter. */
  attachedChannels(pool: string) {
    return channelsOf(this.cluster, pool).filter(({ presence }) => presence === 'attached');
  }
}
