import { BatonError, sleep } from '@baton/core';
import { LeaderStore, type Store } from '@baton/store';
import type { Logger } from '@baton/telemetry';
import type { Redis } from 'ioredis';
import { storedChannel } from './cluster/channel.ts';
import { allSlots, type Cluster } from './cluster/cluster.ts';
import { LIMITS } from './limits.ts';
import { isLive } from './worker/record.ts';

export interface LeadOptions {
  readonly redis: Redis;
  readonly store: Store;
  readonly clusterId: string;
  /** Who leads; a process that is started again under the same name need not wait for its own lease. */
  readonly holder: string;
  readonly log: Logger;
  readonly cluster: Cluster;
  /** Another leader has taken over; called once. */
  readonly onReplaced: (cause: string) => void;
}

/**
 * The leadership: an epoch, a lease that is renewed, and every write fenced by the epoch.
 *
 * - STALE_EPOCH on any write, or a host that refuses an order as stale: another leader has taken over, this one ends.
 * - STATE_LOST: Redis came back empty. The leader goes above its own epoch and writes everything it knows again.
 */
export class Lead {
  readonly #options: LeadOptions;
  readonly #store: LeaderStore;
  #restoring: Promise<void> | undefined;
  #isReplaced = false;

  private constructor(options: LeadOptions, epoch: number) {
    this.#options = options;
    this.#store = new LeaderStore(options.redis, options.clusterId, epoch);
  }

  /** Waits until the lease is free, and leads. */
  static async take(options: LeadOptions, signal?: AbortSignal): Promise<Lead> {
    for (let told = false; ; told = true) {
      const answer = await options.store.takeEpoch(options.holder, LIMITS.leaseMs);
      if (answer.isTaken) return new Lead(options, answer.epoch);
      if (!told) options.log.info({ holder: answer.holder }, `${answer.holder} leads; this one waits`);
      await sleep(Math.min(Math.max(answer.leftMs, 50), 500), signal);
    }
  }

  get epoch(): number {
    return this.#store.epoch;
  }

  readonly fenced = async <T>(write: (store: LeaderStore) => Promise<T>): Promise<T> => {
    const { epoch } = this;
    try {
      return await write(this.#store);
    } catch (error) {
      const { code, message, details } = BatonError.from(error);
      if (code === 'STATE_LOST') await this.#restore();
      else if (code !== 'STALE_EPOCH') throw error;
      // Sent under the epoch that this leader has left meanwhile: it is stale, and the leader is not.
      else if (this.epoch === epoch || details.epoch !== this.epoch) {
        this.#replaced(message);
        throw error;
      }
    }
    return await write(this.#store);
  };

  /**
   * Somebody has seen this epoch. One above our own means data loss in Redis, which is repaired, or another leader; so does our own number
   * from somebody who has not met this leader (`isMet`), because then an earlier leader had it too.
   */
  readonly meetEpoch = async (epoch: number, isMet: boolean): Promise<void> => {
    if (epoch < this.epoch || (epoch === this.epoch && isMet)) return;
    const mine = this.epoch;
    const raised = await this.fenced((store) => store.raiseEpoch(epoch));
    this.#options.log.warn({ epoch: raised, met: epoch }, `epoch ${epoch} was met, ours was ${mine} and is ${raised} now`);
  };

  async renew(): Promise<void> {
    await this.fenced((store) => store.renewLease(this.#options.holder, LIMITS.leaseMs));
  }

  /** Gives the lease back; without Redis it runs out by itself. */
  async release(): Promise<void> {
    if (!this.#isReplaced) await this.#store.releaseLease(this.#options.holder).catch(() => {});
  }

  #replaced(cause: string): void {
    if (this.#isReplaced) return;
    this.#isReplaced = true;
    this.#options.onReplaced(cause);
  }

  #restore(): Promise<void> {
    this.#restoring ??= this.#writeEverything().finally(() => {
      this.#restoring = undefined;
    });
    return this.#restoring;
  }

  async #writeEverything(): Promise<void> {
    const { cluster, holder, log } = this.#options;
    const store = this.#store;
    const epoch = await store.raiseEpoch(store.epoch);
    log.warn({ epoch }, `Redis had lost the state of the cluster; it is written again under epoch ${epoch}`);
    await store.renewLease(holder, LIMITS.leaseMs);
    await store.saveKeys(cluster.keys);
    if (cluster.config) await store.saveConfig(cluster.config);
    for (const { name, state, cause, isRemoved } of cluster.pools.values()) if (!isRemoved) await store.savePool(name, { state, cause });
    for (const { record } of cluster.workers.values()) if (isLive(record)) await store.saveWorker(record);
    for (const channel of cluster.channels.values()) await store.saveChannel(storedChannel(channel), channel.blob);
    for (const { name, serving, change } of allSlots(cluster)) {
      if (serving !== '') await store.setServing(name, serving);
      if (change) await store.beginChange(change.stored);
    }
    for (const receipt of cluster.receipts.values()) await store.saveReceipt(receipt, Date.now());
  }
}
