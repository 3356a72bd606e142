import { until } from '@baton/core';
import type { TestRedis } from '@baton/store';
import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type GivenJob, QueueStage, type QueueStageOptions } from './queue-stage.ts';

/** A wait of these tests, ms. */
export const LONG_MS = 20_000;
let names = 0;

/** A queue of its own, and adapters that take from it. */
export interface Place extends AsyncDisposable {
  readonly queue: Queue;
  open(more?: Partial<QueueStageOptions>): Promise<QueueStage>;
  add(count: number, options?: JobsOptions): Promise<string[]>;
  state(id: string): Promise<string>;
}

/** A queue nobody else has, in that Redis; `redis` is a connection to it. */
export function place({ url }: TestRedis, redis: Redis): Place {
  const name = `orders-${++names}`;
  const queue = new Queue(name, { connection: redis });
  const stages: QueueStage[] = [];
  return {
    queue,
    open: async (more = {}) => {
      const stage = await QueueStage.open({ redisUrl: url, queue: name, ...more });
      stages.push(stage);
      return stage;
    },
    add: async (count, options = {}) => {
      const ids: string[] = [];
      for (let i = 0; i < count; i++) ids.push((await queue.add(`job ${i}`, { i }, options)).id!);
      return ids;
    },
    state: async (id) => await (await queue.getJob(id))!.getState(),
    [Symbol.asyncDispose]: async () => {
      for (const stage of stages) await stage[Symbol.asyncDispose]();
      await queue.close();
    },
  };
}

/** Waits until workers have got `count` jobs. */
export const given = async (stage: QueueStage, count: number): Promise<GivenJob[]> => {
  await until(() => stage.jobs.length >= count, LONG_MS, `${count} jobs at workers`);
  return stage.jobs;
};
