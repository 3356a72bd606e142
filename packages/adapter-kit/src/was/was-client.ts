import type { AdapterSession } from '@baton/channel';
import { BatonError, defer, type ErrorCode, within } from '@baton/core';
import { create, listener } from '@baton/proto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { holdersOf } from '../drain/holders.ts';
import type { ListenerAdapter, Reporter } from '../listener-adapter.ts';
import type { AdapterLog } from '../log.ts';
import type { Tally } from '../place/tally.ts';
import type { Pool } from '../pool.ts';
import { Configuration } from './configuration.ts';
import { type Callback, WasLink } from './link.ts';
import { LoadReports } from './load-reports.ts';
import { Permits } from './permits.ts';
import { RecycleReports } from './recycle-reports.ts';
import { channelReport, handoverAnswer, handoverOrder, poolLoad, recycleReport } from './wire.ts';

/** The documented end: CloseAll, wait for AllStopped, Unregister; each wait has an end, ms. */
const CLOSE_LIMIT_MS = 3_000;

export interface WasClientOptions {
  readonly adapter: ListenerAdapter;
  readonly addresses: readonly string[];
  readonly secret: string;
  readonly log: AdapterLog;
  readonly connectLimitMs?: number;
}

/**
 * What the adapter does for WAS: registers, obeys callbacks in their order, asks for workers, reports.
 *
 * - An adapter that has its routes keeps serving while WAS is away.
 * - Every callback is obeyed in the step in which it was read.
 */
export class WasClient implements Reporter {
  private readonly adapter: ListenerAdapter;
  private readonly log: AdapterLog;
  private readonly link: WasLink;
  private readonly permits = new Permits();
  private readonly loads = new LoadReports();
  private readonly recycles = new RecycleReports();
  private isReportDue = false;
  private readonly stopped = new Map<number, () => void>();
  private readonly configuration: Configuration;

  constructor({ adapter, addresses, secret, log, connectLimitMs }: WasClientOptions) {
    this.adapter = adapter;
    this.log = log;
    this.configuration = new Configuration({
      adapter,
      log,
      onPool: (poolId) => {
        for (const pool of adapter.poolSet.ofId(poolId)) this.need(pool);
      },
      onObeyed: (number) => this.link.send({ case: 'acknowledgement', value: create(listener.AcknowledgementSchema, { number }) }),
    });
    this.link = new WasLink({
      addresses,
      secret,
      register: (highestEpoch) => this.registration(highestEpoch),
      onCallback: (callback) => this.obey(callback),
      onLost: (reason) => this.disconnected(reason),
      ...(connectLimitMs === undefined ? {} : { connectLimitMs }),
    });
    adapter.reporter = this;
  }

  /** Begins to register. */
  open(): void {
    this.link.open();
  }

  /** Resolves when the first initial configuration is complete and the ports are open or reported as failed. */
  initialized(): Promise<void> {
    return this.configuration.ready.promise;
  }

  /** InitializationCompleted came at least once. */
  get isInitialized(): boolean {
    return this.configuration.isInitialized;
  }

  get isConnected(): boolean {
    return this.link.isUp;
  }

  get epoch(): number {
    return this.link.highestEpoch;
  }

  /** Work waits for a worker that is not there. */
  need(pool: Pool): void {
    if (!this.link.isUp || this.configuration.isComing || this.adapter.poolSet.closing.has(pool)) return;
    const permission = this.permits.take(pool);
    if (permission !== undefined) void this.openChannel(pool, permission);
  }

  unhealthy(pool: Pool, session: AdapterSession, reason: string): void {
    const { workerId } = session.identity;
    this.log.warn({ pool: pool.id, worker: workerId, code: 'WORKER_UNHEALTHY' satisfies ErrorCode }, `worker ${workerId}: ${reason}`);
    const value = create(listener.InstanceUnhealthySchema, { poolId: pool.id, channelId: pool.channel.id, workerId, reason });
    this.link.send({ case: 'instanceUnhealthy', value });
  }

  /** A channel is not known any more: its permissions are nobody's. */
  dropped({ channel }: Pool): void {
    this.permits.forget(channel.id);
  }

  /** Version of the API that the leader speaks. Rejects with NOT_CONNECTED. */
  async version(): Promise<{ readonly major: number; readonly minor: number }> {
    const { major, minor } = await this.link.request<listener.GetVersionRequest, listener.GetVersionResponse>(
      'getVersion',
      create(listener.GetVersionRequestSchema),
    );
    return { major, minor };
  }

  /** More is known of what became of the requests that a recycle found in flight. The last report goes behind what is being answered now. */
  recycled(tally: Tally): void {
    this.recycles.note(tally, performance.now());
    if (!tally.isFinal || this.isReportDue) return;
    this.isReportDue = true;
    queueMicrotask(() => {
      this.isReportDue = false;
      this.report(performance.now());
    });
  }

  private report(now: number): void {
    if (!this.link.isUp) return;
    const originMs = Date.now() - performance.now();
    for (const tally of this.recycles.due(now))
      this.link.send({ case: 'recycleReport', value: recycleReport(tally, originMs, this.holders(tally)) });
  }

  /** What a recycle still waits for on this adapter. */
  private holders(tally: Tally): ReturnType<typeof holdersOf> {
    const slot = this.adapter.poolSet.ofChannel(tally.channelId)?.place.slots.get(tally.slot);
    return slot && !tally.isFinal ? holdersOf(slot, tally) : { named: [], count: 0 };
  }

  /** Tells what changed in the figures, and asks again for what is still needed. */
  tick(now: number): void {
    if (!this.link.isUp) return;
    for (const pool of this.adapter.pools.values()) this.need(pool);
    if (!this.configuration.isComing) this.closeUnused();
    this.report(now);
    const pools = this.loads.due(this.openedPools().map(poolLoad), now);
    if (pools.length > 0) this.link.send({ case: 'loadReport', value: create(listener.LoadReportSchema, { pools }) });
  }

  /** Takes leave in the documented order: CloseAll for each channel, AllStopped of each, Unregister. */
  async leave(): Promise<void> {
    if (this.link.isUp) {
      try {
        await Promise.all(this.openedPools().map((pool) => this.closeAll(pool)));
        const message = create(listener.UnregisterProtocolRequestSchema, { adapterId: this.adapter.id, protocolId: this.adapter.protocol });
        await this.link.request('unregisterProtocol', message);
      } catch (error) {
        this.log.warn({ err: error }, 'WAS did not hear that this adapter leaves; it will notice');
      }
    }
    this.link.close();
  }

  // ---- registration and callbacks --------------------------------------------------------------------------------

  private registration(highestEpoch: number): listener.Register {
    return create(listener.RegisterSchema, {
      adapterId: this.adapter.id,
      protocolId: this.adapter.protocol,
      highestEpoch,
      channels: this.openedPools().map(channelReport),
      pid: process.pid,
    });
  }

  private openedPools(): Pool[] {
    return this.adapter.poolSet.all.filter((pool) => this.permits.isOpened(pool.channel.id));
  }

  private obey(callback: Callback): void {
    switch (callback.case) {
      case 'configManagerConnected':
        this.takeKeys(jwksOf(callback.value));
        this.configuration.begin();
        this.loads.reset();
        this.recycles.reset();
        this.report(performance.now());
        return;
      case 'configManagerInitializationCompleted':
        this.configuration.complete();
        for (const pool of this.adapter.pools.values()) this.need(pool);
        for (const pool of this.adapter.poolSet.closing) void this.askToClose(pool);
        this.log.info({ protocol: this.adapter.protocol, epoch: this.epoch, ...this.configuration.counts }, 'registered with WAS');
        return;
      case 'workerKeysChanged':
        this.takeKeys(callback.value.workerKeysJwks);
        return;
      case 'handover':
        this.obeyHandover(callback.value);
        return;
      case 'instanceGone': {
        const { poolId, slot, workerId, cause, planned } = callback.value;
        this.adapter.instanceGone(poolId, slot, workerId, cause, planned);
        return;
      }
      case 'recycleReportReceived': {
        const { recycleId, channelId, slot } = callback.value;
        this.recycles.received(recycleId, channelId, slot);
        return;
      }
      case 'applicationPoolCanOpenNewListenerChannelInstance':
        this.obeyPermission(callback.value);
        return;
      case 'applicationPoolAllListenerChannelInstancesStopped':
        this.obeyStopped(callback.value);
        return;
      default:
        this.configuration.obey(callback);
    }
  }

  /** A set that cannot be read changes nothing: who was let in before still is, and the log says so. */
  private takeKeys(jwks: string): void {
    try {
      this.adapter.hub.credentials.takeKeys(jwks);
    } catch (error) {
      this.log.warn({ reason: BatonError.from(error).message }, 'WAS sent keys of worker identities that cannot be read');
    }
  }

  private obeyHandover(order: listener.Handover): void {
    const answer = this.adapter.handover(order.poolId, handoverOrder(order), order.channelId);
    this.link.send({ case: 'handoverAnswer', value: handoverAnswer(order, answer) });
  }

  private obeyPermission({ poolId, channelId, permission }: listener.ApplicationPoolCanOpenNewListenerChannelInstance): void {
    const pool = this.adapter.poolSet.ofChannel(channelId);
    if (pool?.id !== poolId) return;
    this.permits.grant(channelId, permission);
    this.need(pool);
  }

  /** Only an answer to CloseAll: the channel is gone then. */
  private obeyStopped({ poolId, channelId }: listener.ApplicationPoolAllListenerChannelInstancesStopped): void {
    this.stopped.get(channelId)?.();
    const closed = [...this.adapter.poolSet.closing].find((pool) => pool.id === poolId && pool.channel.id === channelId);
    if (closed) this.adapter.dropChannel(closed, 'the channel was closed');
    else if (!this.stopped.has(channelId))
      this.log.warn({ pool: poolId, channel: channelId }, 'WAS says that a channel has stopped which nobody closed');
  }

  private disconnected(reason: string): void {
    const { adapter, log } = this;
    if (adapter.settings.onWasLost === 'serve') {
      log.warn({ protocol: adapter.protocol, reason }, 'no link to WAS; running pools are served on');
      return;
    }
    log.warn({ protocol: adapter.protocol, reason }, 'no link to WAS; nothing is listened on until it is back (onWasLost: stopListening)');
    void this.configuration.forget();
  }

  // ---- calls -----------------------------------------------------------------------------------------------------

  private async openChannel(pool: Pool, permission: number): Promise<void> {
    const { id: channelId, blob } = pool.channel;
    const facts = {
      adapterId: this.adapter.id,
      protocolId: this.adapter.protocol,
      poolId: pool.id,
      channelId,
      blob,
      blobByteCount: blob.length,
      permission,
    };
    try {
      await this.link.request('openListenerChannelInstance', create(listener.OpenListenerChannelInstanceRequestSchema, facts));
      this.permits.accepted(channelId);
      this.need(pool);
    } catch (error) {
      // Nobody knows whether it was read, so the same number goes again, with the next tick.
      if (isUnanswered(error)) this.permits.unanswered(channelId);
      else {
        this.permits.refused(channelId);
        this.log.warn({ pool: pool.id, permission, reason: error instanceof Error ? error.message : String(error) }, 'WAS refused an Open');
      }
    }
  }

  /** Channels that no application uses any more are closed when the last of their work has ended. */
  private closeUnused(): void {
    for (const pool of this.adapter.pools.values()) {
      if (!pool.isUnused || !pool.isIdle) continue;
      if (!this.permits.isOpened(pool.channel.id)) this.adapter.dropChannel(pool, 'no application uses it');
      else {
        this.adapter.poolSet.close(pool);
        void this.askToClose(pool);
      }
    }
  }

  /** Asks for CloseAll. AllStopped answers it, maybe of the next leader, who is asked again; a leader who refuses it knows of no such channel. */
  private async askToClose(pool: Pool): Promise<void> {
    try {
      await this.requestClose(pool.id, pool.channel.id);
    } catch (error) {
      if (!isUnanswered(error)) this.adapter.dropChannel(pool, 'WAS does not know the channel');
    }
  }

  private requestClose(poolId: string, channelId: number): Promise<void> {
    const facts = { adapterId: this.adapter.id, protocolId: this.adapter.protocol, poolId, channelId };
    return this.link.request('closeAllListenerChannelInstances', create(listener.CloseAllListenerChannelInstancesRequestSchema, facts));
  }

  private async closeAll(pool: Pool): Promise<void> {
    const { id: channelId } = pool.channel;
    const stopped = defer();
    this.stopped.set(channelId, stopped.resolve);
    await this.requestClose(pool.id, channelId);
    await within(stopped.promise, CLOSE_LIMIT_MS, `AllListenerChannelInstancesStopped of channel ${channelId}`);
  }
}

/** The set that WAS publishes; a leader of an earlier release tells only its one key. */
function jwksOf({ workerKeysJwks, workerKeyJwk }: listener.ConfigManagerConnected): string {
  return workerKeysJwks || `{"keys":[${workerKeyJwk || '{}'}]}`;
}

const UNANSWERED: readonly (number | undefined)[] = [status.UNAVAILABLE, status.CANCELLED, status.DEADLINE_EXCEEDED, status.UNKNOWN];

/** The call may or may not have been read by the leader. */
function isUnanswered(error: unknown): boolean {
  return error instanceof BatonError || UNANSWERED.includes((error as Partial<ServiceError>).code);
}
