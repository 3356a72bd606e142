import type { AdapterSession } from '@baton/channel';
import { BatonError, type ErrorCode } from '@baton/core';
import { create, listener } from '@baton/proto';
import type { ListenerAdapter, Reporter } from '../listener-adapter.ts';
import type { AdapterLog } from '../log.ts';
import type { Tally } from '../place/tally.ts';
import type { Pool } from '../pool.ts';
import { Channels } from './channels.ts';
import { Configuration } from './configuration.ts';
import { type Callback, WasLink } from './link.ts';
import { Reports } from './reports.ts';
import { channelReport, handoverAnswer, handoverOrder } from './wire.ts';

export interface WasClientOptions {
  readonly adapter: ListenerAdapter;
  readonly addresses: readonly string[];
  readonly secret: string;
  readonly log: AdapterLog;
  readonly connectLimitMs?: number;
}

/**
 * What the adapter does for WAS: registers, obeys callbacks in their order, takes leave; `Channels` ask for workers, and `Reports` tell figures.
 *
 * - An adapter that has its routes keeps serving while WAS is away.
 * - Every callback is obeyed in the step in which it was read.
 */
export class WasClient implements Reporter {
  private readonly adapter: ListenerAdapter;
  private readonly log: AdapterLog;
  private readonly link: WasLink;
  private readonly channels: Channels;
  private readonly reports: Reports;
  private readonly configuration: Configuration;

  constructor({ adapter, addresses, secret, log, connectLimitMs }: WasClientOptions) {
    this.adapter = adapter;
    this.log = log;
    this.configuration = new Configuration({
      adapter,
      log,
      onPool: (poolId) => {
        for (const pool of adapter.poolSet.ofId(poolId)) this.channels.need(pool);
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
    const { link, configuration } = this;
    this.channels = new Channels({ adapter, log, link, configuration });
    this.reports = new Reports(adapter, link, this.channels);
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
    this.channels.need(pool);
  }

  unhealthy(pool: Pool, session: AdapterSession, reason: string): void {
    const { workerId } = session.identity;
    this.log.warn({ pool: pool.id, worker: workerId, code: 'WORKER_UNHEALTHY' satisfies ErrorCode }, `worker ${workerId}: ${reason}`);
    const value = create(listener.InstanceUnhealthySchema, { poolId: pool.id, channelId: pool.channel.id, workerId, reason });
    this.link.send({ case: 'instanceUnhealthy', value });
  }

  /** A channel is not known any more: its permissions are nobody's. */
  dropped({ channel }: Pool): void {
    this.channels.forget(channel.id);
  }

  /** Version of the API that the leader speaks. Rejects with NOT_CONNECTED. */
  async version(): Promise<{ readonly major: number; readonly minor: number }> {
    const { major, minor } = await this.link.request<listener.GetVersionRequest, listener.GetVersionResponse>(
      'getVersion',
      create(listener.GetVersionRequestSchema),
    );
    return { major, minor };
  }

  /** More is known of what became of the requests that a recycle found in flight. */
  recycled(tally: Tally): void {
    this.reports.recycled(tally);
  }

  /** Tells what changed in the figures, and asks again for what is still needed. */
  tick(now: number): void {
    if (!this.link.isUp) return;
    this.channels.needAll();
    this.channels.closeUnused();
    this.reports.tick(now);
  }

  /** Takes leave in the documented order: CloseAll for each channel, AllStopped of each, Unregister. */
  async leave(): Promise<void> {
    if (this.link.isUp) {
      try {
        await this.channels.closeAll();
        const message = create(listener.UnregisterProtocolRequestSchema, { adapterId: this.adapter.id, protocolId: this.adapter.protocol });
        await this.link.request('unregisterProtocol', message);
      } catch (error) {
        this.log.warn({ err: error }, 'WAS did not hear that this adapter leaves; it will notice');
      }
    }
    this.link.close();
  }

  private registration(highestEpoch: number): listener.Register {
    return create(listener.RegisterSchema, {
      adapterId: this.adapter.id,
      protocolId: this.adapter.protocol,
      highestEpoch,
      channels: this.channels.opened.map(channelReport),
      pid: process.pid,
    });
  }

  private obey(callback: Callback): void {
    switch (callback.case) {
      case 'configManagerConnected':
        this.takeKeys(jwksOf(callback.value));
        this.configuration.begin();
        this.reports.reset(performance.now());
        return;
      case 'configManagerInitializationCompleted':
        this.configuration.complete();
        this.channels.needAll();
        this.channels.closeAgain();
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
      case 'recycleReportReceived':
        this.reports.received(callback.value);
        return;
      case 'applicationPoolCanOpenNewListenerChannelInstance':
        this.channels.granted(callback.value);
        return;
      case 'applicationPoolAllListenerChannelInstancesStopped':
        this.channels.stopped(callback.value);
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

  private disconnected(reason: string): void {
    const { adapter, log } = this;
    if (adapter.settings.onWasLost === 'serve') {
      log.warn({ protocol: adapter.protocol, reason }, 'no link to WAS; running pools are served on');
      return;
    }
    log.warn({ protocol: adapter.protocol, reason }, 'no link to WAS; nothing is listened on until it is back (onWasLost: stopListening)');
    void this.configuration.forget();
  }
}

/** The set that WAS publishes; a leader of an earlier release tells only its one key. */
function jwksOf({ workerKeysJwks, workerKeyJwk }: listener.ConfigManagerConnected): string {
  return workerKeysJwks || `{"keys":[${workerKeyJwk || '{}'}]}`;
}
