import type { Config } from '@baton/config';
import type { control } from '@baton/proto';
import type { StoredKey, StoredReceipt } from '@baton/store';
import type { Channel } from './channel.ts';
import type { Host } from './host.ts';
import type { Pool } from './pool.ts';
import type { Registration } from './registration.ts';
import type { Slot } from './slot.ts';
import type { Worker } from './worker.ts';

/** Everything the leader knows, in memory: what Redis held, and what hosts and adapters have reported since. */
export interface Cluster {
  readonly id: string;
  config: { readonly parsed: Config; readonly yaml: string; readonly file: string; readonly appliedAtMs: number } | undefined;
  readonly pools: Map<string, Pool>;
  readonly workers: Map<string, Worker>;
  readonly channels: Map<string, Channel>;
  readonly hosts: Map<string, Host>;
  /** By key: registrationKey. */
  readonly registrations: Map<string, Registration>;
  /** Of recycles that run and of the last that ended. */
  readonly receipts: Map<string, StoredReceipt>;
  /** Workers that an adapter has eligible and no host has reported yet: id → slot that waits for it. */
  readonly rumours: Map<string, string>;
  /** Reports of workers of pools that no configuration has yet. */
  readonly strangers: Map<string, { readonly hostId: string; readonly report: control.WorkerReport }>;
  /** Keys whose signatures on worker identities are good. */
  keys: readonly StoredKey[];
  /** Number of the last worker id given. */
  workerNumber: number;
  /** Until then no host is declared lost: after a take-over, and after Redis came back. */
  noLossBeforeMs: number;
}

export function newCluster(id: string): Cluster {
  return {
    id,
    config: undefined,
    pools: new Map(),
    workers: new Map(),
    channels: new Map(),
    hosts: new Map(),
    registrations: new Map(),
    receipts: new Map(),
    rumours: new Map(),
    strangers: new Map(),
    keys: [],
    workerNumber: 0,
    noLossBeforeMs: 0,
  };
}

export function* allSlots(cluster: Cluster): Iterable<Slot> {
  for (const pool of cluster.pools.values()) yield* pool.slots.values();
}

export function findSlot(cluster: Cluster, name: string): Slot | undefined {
  return cluster.pools.get(name.slice(0, name.lastIndexOf('/')))?.slots.get(name);
}

export function workersOf(cluster: Cluster, slot: Slot): Worker[] {
  return [...cluster.workers.values()].filter(({ record }) => record.slot === slot.name);
}

export function channelsOf(cluster: Cluster, pool: string): Channel[] {
  return [...cluster.channels.values()].filter((channel) => channel.pool === pool);
}

/** Channels that a worker must be connected on: attached, or lost a moment ago. */
export function isRequired({ presence }: Channel): boolean {
  return presence !== 'detached';
}

/** Work waits or runs in the pool, as far as adapters have said. */
export function hasWork(cluster: Cluster, pool: string): boolean {
  return channelsOf(cluster, pool).some(({ presence, parked, inFlight }) => presence !== 'detached' && parked + inFlight > 0);
}
