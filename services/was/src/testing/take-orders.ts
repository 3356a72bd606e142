import { control, fromJson } from '@baton/proto';
import { clusterKeys, orderQueue } from '@baton/store';
import { Worker as QueueWorker } from 'bullmq';
import type { Redis } from 'ioredis';

/** Takes the orders of one host from its queue, each with the epoch that Redis has when it comes. */
export function takeOrders(
  redis: Redis,
  clusterId: string,
  hostId: string,
  enter: (jobId: string, order: control.Order, epochInRedis: number) => void,
): QueueWorker {
  const { name, prefix } = orderQueue(clusterId, hostId);
  const queue = new QueueWorker(
    name,
    async (job) => {
      const epoch = Number((await redis.get(clusterKeys(clusterId).epoch)) ?? 0);
      enter(job.id ?? '', fromJson(control.OrderSchema, job.data), epoch);
    },
    { connection: redis, prefix },
  );
  queue.on('error', () => {});
  return queue;
}
