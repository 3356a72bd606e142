import { BatonError, defer, within } from '@baton/core';
import { create, listener } from '@baton/proto';
import { type ServiceError, status } from '@grpc/grpc-js';
import type { ListenerAdapter } from '../listener-adapter.ts';
import type { AdapterLog } from '../log.ts';
import type { Pool } from '../pool.ts';
import type { Configuration } from './configuration.ts';
import type { WasLink } from './link.ts';
import { Permits } from './permits.ts';

/** AllStopped has to answer the CloseAll of an adapter that leaves within this time, ms. */
const CLOSE_LIMIT_MS = 3_000;

export interface ChannelsOptions {
  readonly adapter: ListenerAdapter;
  readonly log: AdapterLog;
  readonly link: WasLink;
  readonly configuration: Configuration;
}

/**
 * The channels of this adapter as WAS has them: opened when work waits, closed when nobody uses them any more.
 *
 * - One permission is one Open; one that was not answered goes again with its number.
 * - A channel is dropped when AllStopped has answered its CloseAll, or when the leader knows of no such channel.
 */
export class Channels {
  private readonly permits = new Permits();
  /** Who waits for AllStopped while the adapter leaves, by channel. */
  private readonly stopping = new Map<number, () => void>();
  private readonly options: ChannelsOptions;

  constructor(options: ChannelsOptions) {
    this.options = options;
  }

  /** Those that were opened, or may have been. */
  get opened(): Pool[] {
    return this.options.adapter.poolSet.all.filter((pool) => this.permits.isOpened(pool.channel.id));
  }

  /** Work waits for a worker that is not there: an Open is sent, when a permission for one is there. */
  need(pool: Pool): void {
    const { adapter, link, configuration } = this.options;
    if (!link.isUp || configuration.isComing || adapter.poolSet.closing.has(pool)) return;
    const permission = this.permits.take(pool);
    if (permission !== undefined) void this.open(pool, permission);
  }

  /** `need` of every pool. */
  needAll(): void {
    for (const pool of this.options.adapter.pools.values()) this.need(pool);
  }

  /** CanOpenNew came. */
  granted({ poolId, channelId, permission }: listener.ApplicationPoolCanOpenNewListenerChannelInstance): void {
    const pool = this.options.adapter.poolSet.ofChannel(channelId);
    if (pool?.id !== poolId) return;
    this.permits.grant(channelId, permission);
    this.need(pool);
  }

  /** AllStopped came. Only an answer to CloseAll: the channel is gone then. */
  stopped({ poolId, channelId }: listener.ApplicationPoolAllListenerChannelInstancesStopped): void {
    const { adapter, log } = this.options;
    this.stopping.get(channelId)?.();
    const closed = [...adapter.poolSet.closing].find((pool) => pool.id === poolId && pool.channel.id === channelId);
    if (closed) adapter.dropChannel(closed, 'the channel was closed');
    else if (!this.stopping.has(channelId))
      log.warn({ pool: poolId, channel: channelId }, 'WAS says that a channel has stopped which nobody closed');
  }

  /** A channel is not known any more: its permissions are nobody's. */
  forget(channelId: number): void {
    this.permits.forget(channelId);
  }

  /** Channels that no application uses any more are closed when the last of their work has ended. */
  closeUnused(): void {
    const { adapter, configuration } = this.options;
    if (configuration.isComing) return;
    for (const pool of adapter.pools.values()) {
      if (!pool.isUnused || !pool.isIdle) continue;
      if (!this.permits.isOpened(pool.channel.id)) adapter.dropChannel(pool, 'no application uses it');
      else {
        adapter.poolSet.close(pool);
        void this.askToClose(pool);
      }
    }
  }

  /** Asks for CloseAll again where AllStopped is awaited: a new leader may not have heard of it. */
  closeAgain(): void {
    for (const pool of this.options.adapter.poolSet.closing) void this.askToClose(pool);
  }

  /** CloseAll of every channel, and AllStopped of each. Rejects with TIMEOUT, or with what the leader said. */
  async closeAll(): Promise<void> {
    await Promise.all(
      this.opened.map(async (pool) => {
        const { id: channelId } = pool.channel;
        const stopped = defer();
        this.stopping.set(channelId, stopped.resolve);
        await this.requestClose(pool);
        await within(stopped.promise, CLOSE_LIMIT_MS, `AllListenerChannelInstancesStopped of channel ${channelId}`);
      }),
    );
  }

  private async open(pool: Pool, permission: number): Promise<void> {
    const { link, log } = this.options;
    const { id: channelId, blob } = pool.channel;
    const facts = { ...this.names(pool), blob, blobByteCount: blob.length, permission };
    try {
      await link.request('openListenerChannelInstance', create(listener.OpenListenerChannelInstanceRequestSchema, facts));
      this.permits.accepted(channelId);
      this.need(pool);
    } catch (error) {
      // Nobody knows whether it was read, so the same number goes again, with the next tick.
      if (isUnanswered(error)) this.permits.unanswered(channelId);
      else {
        this.permits.refused(channelId);
        log.warn({ pool: pool.id, permission, reason: error instanceof Error ? error.message : String(error) }, 'WAS refused an Open');
      }
    }
  }

  /** Asks for CloseAll. AllStopped answers it, maybe of the next leader, who is asked again; a leader who refuses it knows of no such channel. */
  private async askToClose(pool: Pool): Promise<void> {
    try {
      await this.requestClose(pool);
    } catch (error) {
      if (!isUnanswered(error)) this.options.adapter.dropChannel(pool, 'WAS does not know the channel');
    }
  }

  private requestClose(pool: Pool): Promise<void> {
    const message = create(listener.CloseAllListenerChannelInstancesRequestSchema, this.names(pool));
    return this.options.link.request('closeAllListenerChannelInstances', message);
  }

  private names(pool: Pool) {
    const { adapter } = this.options;
    return { adapterId: adapter.id, protocolId: adapter.protocol, poolId: pool.id, channelId: pool.channel.id };
  }
}

const UNANSWERED: readonly (number | undefined)[] = [status.UNAVAILABLE, status.CANCELLED, status.DEADLINE_EXCEEDED, status.UNKNOWN];

/** The call may or may not have been read by the leader. */
function isUnanswered(error: unknown): boolean {
  return error instanceof BatonError || UNANSWERED.includes((error as Partial<ServiceError>).code);
}
