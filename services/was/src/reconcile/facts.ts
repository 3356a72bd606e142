import { isIdentityAwaited } from '../api/listener/acknowledge.ts';
import type { Channel } from '../cluster/channel.ts';
import { type Cluster, channelsOf, hasWork, workersOf } from '../cluster/cluster.ts';
import type { Host } from '../cluster/host.ts';
import type { Pool } from '../cluster/pool.ts';
import { type Slot, seatOf } from '../cluster/slot.ts';
import type { Worker } from '../cluster/worker.ts';
import type { ChannelSeat } from '../handover/facts.ts';
import { awaitedShares } from '../recycle/awaited.ts';
import { isLost } from '../worker/record.ts';

/** Everything a decision about one slot is made from. Rules read it and change nothing. */
export interface SlotFacts {
  readonly now: number;
  readonly slot: Readonly<Slot>;
  readonly pool: Readonly<Pool>;
  /** Of this slot, ended ones left out. */
  readonly workers: readonly Worker[];
  readonly serving: Worker | undefined;
  /** Open channels of the pool. */
  readonly channels: readonly Channel[];
  readonly seats: readonly ChannelSeat[];
  readonly hosts: readonly Host[];
  /** Live workers on each host. */
  readonly load: ReadonlyMap<string, number>;
  /** Work waits or runs in the pool, or the pool always has a worker. */
  readonly isNeeded: boolean;
  /** An attached adapter has yet to learn the pool's identity: nothing of the pool is started or recycled meanwhile. */
  readonly isIdentityAwaited: boolean;
  /** The worker has ended, or no host answers for it. */
  isGone(workerId: string): boolean;
  /** Adapters have yet to say what became of requests that this recycle left with the old worker. */
  areReportsAwaited(recycleId: string): boolean;
  /** How it ended, in a few words. */
  endOf(workerId: string): string;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly newRecycleId: () => string;
}

export function gatherFacts(
  cluster: Cluster,
  slot: Slot,
  now: number,
  more: Pick<SlotFacts, 'random' | 'newRecycleId' | 'endOf'>,
): SlotFacts {
  const pool = cluster.pools.get(slot.pool)!;
  const channels = channelsOf(cluster, slot.pool);
  const isAlways = pool.config.startMode === 'alwaysRunning' && channels.some(({ presence }) => presence === 'attached');
  const load = new Map<string, number>();
  for (const { record } of cluster.workers.values()) load.set(record.host, (load.get(record.host) ?? 0) + 1);
  return {
    now,
    slot,
    pool,
    workers: workersOf(cluster, slot),
    serving: cluster.workers.get(slot.serving),
    channels,
    seats: channels.map(({ ref, presence }) => ({ ref, presence, seat: seatOf(slot, ref) })),
    hosts: [...cluster.hosts.values()],
    load,
    isNeeded: isAlways || hasWork(cluster, slot.pool),
    isIdentityAwaited: isIdentityAwaited(cluster, slot.pool),
    areReportsAwaited: (recycleId) => {
      const receipt = cluster.receipts.get(recycleId);
      return receipt !== undefined && awaitedShares(cluster, receipt).length > 0;
    },
    isGone: (workerId) => {
      const worker = cluster.workers.get(workerId);
      return !worker || isLost(worker.record);
    },
    ...more,
  };
}

/** The slot is to have a worker when there is work. */
export function isOpen({ slot, pool }: SlotFacts): boolean {
  return pool.state === 'started' && !slot.isRetired && pool.apps.length > 0;
}
