import type { LeaderStore } from '@baton/store';
import type { Logger } from '@baton/telemetry';
import type { Channel } from '../cluster/channel.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Failing } from '../cluster/pool.ts';
import type { Slot } from '../cluster/slot.ts';
import type { EventLog } from '../events.ts';
import type { Callback, HostAnswer, Links } from '../links.ts';
import type { Receipts } from '../recycle/receipts.ts';
import type { Tracer } from '../recycle/tracer.ts';
import type { Time } from '../time.ts';
import type { WorkerRecord } from '../worker/record.ts';
import type { WorkerEvent } from '../worker/transition.ts';
import type { Figures } from './figures.ts';
import type { Graves } from './graves.ts';

/** A fenced write of a slot. */
export type Write = (store: LeaderStore) => Promise<unknown>;

/** Orders to hosts; see OrderBook. */
export interface Orders {
  /** Opens the queue of a host ahead, so that its first order does not wait for that. */
  prepare(host: string): void;
  give(engine: Engine, slot: Slot, workerId: string, verb: 'start' | 'stop' | 'kill'): Promise<void>;
  connect(engine: Engine, slot: Slot, workerId: string, refs: readonly string[]): Promise<void>;
}

/** What everything in WAS that acts on slots works with: what the leader knows, whom it can tell, and how a slot is looked at again. */
export interface Engine {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly log: Logger;
  readonly events: EventLog;
  readonly adapters: Links<Callback>;
  readonly hosts: Links<HostAnswer>;
  readonly orders: Orders;
  readonly receipts: Receipts;
  readonly tracer: Tracer;
  /** Runs a fenced write; it writes again what Redis lost, and ends the leadership when another leader has taken over. */
  readonly fenced: <T>(write: (store: LeaderStore) => Promise<T>) => Promise<T>;
  readonly epoch: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly graves: Graves;
  readonly figures: Figures;
  /** This process does not lead any more. */
  readonly isStopped: boolean;
  /** Decides nothing more. */
  stop(): void;
  /** Looks at a slot as soon as what it does now is done. */
  touch(slotName: string): void;
  touchPool(poolName: string): void;
  touchAll(): void;
  /** Queues a write of a slot behind its earlier ones. */
  write(slotName: string, write: Write): void;
  /** Applies an event to a worker and carries out what the table asks for. False: the table refuses it. */
  move(workerId: string, event: WorkerEvent): boolean;
  /** An id that no other Handover has. */
  newRecycleId(kind: string): string;
  /** Tells the adapters of its pool that a process is dead. */
  tellGone(worker: WorkerRecord): void;
  /** Tells the adapters why work of a pool waits, or that nothing is in the way any more. */
  tellFailing(poolName: string, failing: Failing | undefined): void;
  /** Attached channels of a pool, by adapter. */
  attachedChannels(pool: string): Channel[];
}
