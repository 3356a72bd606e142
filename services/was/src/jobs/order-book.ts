import { type control as Control, control, create, toJson } from '@baton/proto';
import { channelRef, orderQueue } from '@baton/store';
import type { Logger } from '@baton/telemetry';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Channel } from '../cluster/channel.ts';
import { channelsOf, isRequired } from '../cluster/cluster.ts';
import type { Slot } from '../cluster/slot.ts';
import type { Worker } from '../cluster/worker.ts';
import { LIMITS } from '../limits.ts';
import type { Engine, Orders } from '../reconcile/engine.ts';
import { jobId } from './job-id.ts';
import { connectVerb, type Identity, startVerb, stopVerb } from './order-message.ts';
import { proofKeysOf } from './proof-keys.ts';

/** Signs who a worker is and which channels it may connect to. */
export type SignIdentity = (worker: Worker, poolIdentity: string, channels: readonly string[], proofKey: string) => Promise<string>;

export interface OrderBookOptions {
  /** A connection of its own, fit for BullMQ. */
  readonly redis: Redis;
  readonly clusterId: string;
  readonly log: Logger;
  readonly sign: SignIdentity;
}

/**
 * Gives orders to hosts as BullMQ jobs, one queue per host (handover.md, "Orders to hosts").
 *
 * - Each order has a number of its slot, taken from Redis under the leader's epoch: a leader that was replaced adds no job.
 * - A job leaves nothing behind when it ends, so that an id never blocks a later order; an order that still waits is not added twice.
 */
export class OrderBook implements Orders {
  readonly #options: OrderBookOptions;
  readonly #queues = new Map<string, Queue>();

  constructor(options: OrderBookOptions) {
    this.#options = options;
  }

  /** Opens the queue of a host ahead, so that its first order does not wait for that. */
  prepare(host: string): void {
    this.#queueOf(host);
  }

  async give(engine: Engine, slot: Slot, workerId: string, verb: 'start' | 'stop' | 'kill'): Promise<void> {
    const worker = engine.cluster.workers.get(workerId);
    const pool = engine.cluster.pools.get(slot.pool);
    if (!worker || !pool) return;
    const atMs = engine.time.now();
    const { lastOrder } = worker;
    if (lastOrder?.verb === verb && (await this.#isWaiting(worker.record.host, lastOrder.jobId))) {
      worker.lastOrder = { ...lastOrder, atMs };
      return;
    }
    let message: Control.Order['verb'];
    if (verb === 'start') {
      const channels = channelsOf(engine.cluster, slot.pool);
      for (const channel of channels.filter(isRequired)) worker.toldAtMs.set(channel.ref, atMs);
      const identity = await this.#identify(engine, worker, pool.config.identity, channels);
      const change = slot.change?.stored;
      const recycle = change?.to === workerId ? engine.receipts.get(change.id)?.traceparent : undefined;
      if (recycle === undefined) worker.traceparent ||= engine.tracer.beginStart();
      message = startVerb(pool, worker, channels, identity, recycle ?? worker.traceparent);
    } else {
      message = stopVerb(pool, worker, slot.serving === workerId ? '' : slot.serving, verb === 'kill');
    }
    worker.lastOrder = { verb, jobId: await this.#add(engine, slot, worker, message), atMs };
  }

  async connect(engine: Engine, slot: Slot, workerId: string, refs: readonly string[]): Promise<void> {
    const worker = engine.cluster.workers.get(workerId);
    const pool = engine.cluster.pools.get(slot.pool);
    if (!worker || !pool) return;
    const channels = channelsOf(engine.cluster, slot.pool);
    for (const ref of refs) worker.toldAtMs.set(ref, engine.time.now());
    const identity = await this.#identify(engine, worker, pool.config.identity, channels);
    await this.#add(
      engine,
      slot,
      worker,
      connectVerb(
        channels.filter(({ ref }) => refs.includes(ref)),
        identity,
      ),
    );
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
  }

  /** A fresh token, and the worker's key that it names. */
  async #identify(engine: Engine, worker: Worker, poolIdentity: string, channels: readonly Channel[]): Promise<Identity> {
    const { privateKey, publicKey } = proofKeysOf(engine, worker);
    const refs = channels.map(({ adapterId, channelId }) => channelRef(adapterId, channelId));
    return { token: await this.#options.sign(worker, poolIdentity, refs, publicKey), proofKey: privateKey };
  }

  async #add(engine: Engine, slot: Slot, { record }: Worker, verb: Control.Order['verb']): Promise<string> {
    const number = await engine.fenced((store) => store.nextOrder(slot.name));
    const epoch = engine.epoch();
    const order = create(control.OrderSchema, {
      epoch,
      number,
      deadlineMs: engine.time.now() + LIMITS.orderDeadlineMs,
      slot: slot.name,
      poolId: slot.pool,
      workerId: record.id,
      generation: record.generation,
      verb,
    });
    const id = jobId({ slot: slot.name, generation: record.generation, verb: verb.case ?? 'none', epoch, number });
    await this.#queueOf(record.host).add(verb.case ?? 'none', toJson(control.OrderSchema, order), {
      jobId: id,
      removeOnComplete: true,
      removeOnFail: true,
    });
    return id;
  }

  async #isWaiting(host: string, id: string): Promise<boolean> {
    const state = await this.#queueOf(host).getJobState(id);
    return state !== 'unknown' && state !== 'completed' && state !== 'failed';
  }

  #queueOf(host: string): Queue {
    let queue = this.#queues.get(host);
    if (!queue) {
      const { name, prefix } = orderQueue(this.#options.clusterId, host);
      queue = new Queue(name, { connection: this.#options.redis, prefix, streams: { events: { maxLen: 100 } } });
      queue.on('error', (error) => this.#options.log.debug({ err: error, host }, 'the order queue has a problem'));
      this.#queues.set(host, queue);
    }
    return queue;
  }
}
