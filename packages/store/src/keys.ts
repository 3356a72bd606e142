/**
 * Every key Baton has in Redis. The cluster id is the hash tag, so that one cluster's keys share a slot of Redis Cluster
 * and a Lua file may touch several of them; clusters with different ids never meet.
 */
export interface ClusterKeys {
  /** The leader's fencing number, a decimal string. A host reads it before it enters an order. */
  readonly epoch: string;
  /** Who leads, with a time to live. */
  readonly lease: string;
  /** Hash: yaml, file, appliedAtMs. */
  readonly config: string;
  /** Hash: pool name → StoredPool. */
  readonly pools: string;
  /** Hash: slot → id of the serving worker. */
  readonly serving: string;
  /** Hash: slot → highest generation ever given. */
  readonly generations: string;
  /** Hash: slot → number of the last order. */
  readonly orders: string;
  /** Hash: slot → StoredChange that runs in it. */
  readonly changes: string;
  /** The number of the last worker id that was given. */
  readonly workerNumber: string;
  /** Hash: worker id → StoredWorker. */
  readonly workers: string;
  /** Set: "adapterId/channelId" of every saved channel. */
  readonly channels: string;
  /** Hash: recycle id → StoredReceipt, bounded by count and age. */
  readonly receipts: string;
  /** Sorted set: recycle ids by the time at which they were asked for. */
  readonly receiptTimes: string;
  /** Set: ids of recycles that have not ended. */
  readonly receiptsRunning: string;
  /** Hash: pool → StoredRollout. */
  readonly rollouts: string;
  /** List of StoredKey, as JSON. */
  readonly identityKeys: string;
  /** Stream of StoredEvent, bounded. */
  readonly events: string;
  /** Hash of one saved channel: its facts and its blob. */
  channel(adapterId: string, channelId: number): string;
}

/** The keys of one cluster. */
export function clusterKeys(clusterId: string): ClusterKeys {
  const key = (name: string) => `${namespaceOf(clusterId)}:${name}`;
  return {
    epoch: key('epoch'),
    lease: key('lease'),
    config: key('config'),
    pools: key('pools'),
    serving: key('serving'),
    generations: key('generations'),
    orders: key('orders'),
    changes: key('changes'),
    workerNumber: key('worker-number'),
    workers: key('workers'),
    channels: key('channels'),
    receipts: key('receipts'),
    receiptTimes: key('receipt-times'),
    receiptsRunning: key('receipts-running'),
    rollouts: key('rollouts'),
    identityKeys: key('identity-keys'),
    events: key('events'),
    channel: (adapterId, channelId) => key(`channel:${channelRef(adapterId, channelId)}`),
  };
}

/** "adapterId/channelId": how a channel is named in sets, tokens and logs. */
export function channelRef(adapterId: string, channelId: number): string {
  return `${adapterId}/${channelId}`;
}

/** Name and BullMQ prefix of the queue that carries the orders to one host. */
export function orderQueue(clusterId: string, hostId: string): { readonly name: string; readonly prefix: string } {
  return { name: `host-${hostId}`, prefix: `${namespaceOf(clusterId)}:bull` };
}

function namespaceOf(clusterId: string): string {
  return `baton:{${clusterId}}`;
}
