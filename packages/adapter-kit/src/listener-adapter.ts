import type { AdapterSession } from '@baton/channel';
import { BatonError } from '@baton/core';
import { type Application, DEFAULT_APPLICATION_SETTINGS, type GivenApplication } from './forward/application.ts';
import type { ChannelHub } from './hub.ts';
import type { Switch } from './place/eligibility.ts';
import type { HandoverAnswer, HandoverOrder } from './place/handover.ts';
import type { Tally } from './place/tally.ts';
import { DEFAULT_POOL_SETTINGS, Pool, type PoolSettings } from './pool.ts';
import type { ProtocolListener } from './protocol-listener.ts';

/** What one protocol has to tell WAS. None may call back. */
export interface Reporter {
  /** Work is parked and no connected instance is eligible. */
  need(pool: Pool): void;
  /** A recycle took work from a worker here, or more is known of what became of that. */
  recycled(tally: Tally): void;
  /** A worker did not answer a ping in time. */
  unhealthy(pool: Pool, session: AdapterSession, reason: string): void;
  /** Ten times a second. */
  tick(now: number): void;
}

/** What an operator may want written down. None may call back. */
export interface AdapterEvents {
  onSwitch?(pool: Pool, facts: Switch): void;
  /** A Handover was obeyed, in a step that began at `startAtMs`. */
  onHandover?(pool: Pool, order: HandoverOrder, answer: HandoverAnswer, startAtMs: number): void;
}

export interface ListenerAdapterOptions {
  readonly hub: ChannelHub;
  readonly protocol: string;
  readonly listener: ProtocolListener;
  readonly events?: AdapterEvents;
}

/**
 * One protocol of an adapter process: its pools with their channels, and its applications. Knows nothing of WAS; was/ (or a test) tells it
 * what there is by calls.
 */
export class ListenerAdapter {
  readonly hub: ChannelHub;
  readonly protocol: string;
  readonly listener: ProtocolListener;
  readonly pools = new Map<string, Pool>();
  readonly applications = new Map<string, Application>();
  /** Undefined: there is no WAS. */
  reporter: Reporter | undefined = undefined;
  private readonly events: AdapterEvents;

  constructor({ hub, protocol, listener, events = {} }: ListenerAdapterOptions) {
    this.hub = hub;
    this.protocol = protocol;
    this.listener = listener;
    this.events = events;
    hub.attach(protocol, {
      onUnhealthy: (pool, session, reason) => this.reporter?.unhealthy(pool, session, reason),
      onTick: (at) => {
        listener.sweep?.(at);
        this.reporter?.tick(at);
      },
    });
  }

  get id(): string {
    return this.hub.id;
  }

  // ---- what there is ---------------------------------------------------------------------------------------------

  /** Adds a pool with its channel, or gives a known one new settings. */
  addPool(id: string, given: Partial<PoolSettings> = {}): Pool {
    const settings = { ...DEFAULT_POOL_SETTINGS, identity: id, ...given };
    const known = this.pools.get(id);
    if (known) {
      known.update(settings);
      if (known.channel.poolIdentity !== settings.identity) this.changeIdentity(known, settings.identity);
      return known;
    }
    const { hub, protocol, events } = this;
    const channel = hub.channels.create({ pool: id, protocol }, settings.identity);
    const pool: Pool = new Pool(
      id,
      settings,
      channel,
      { sequence: hub.sequence, now },
      {
        onNeed: () => this.reporter?.need(pool),
        onSwitch: (facts) => events.onSwitch?.(pool, facts),
        onTally: (tally) => this.reporter?.recycled(tally),
      },
    );
    this.pools.set(id, pool);
    hub.admit(pool);
    return pool;
  }

  /** A changed pool identity changes the channel's ACL; workers of the old one may not come back after their link. */
  private changeIdentity({ channel }: Pool, identity: string): void {
    channel.poolIdentity = identity;
    this.hub.rekey(channel.id);
  }

  removePool(id: string): void {
    const pool = this.pools.get(id);
    if (!pool) return;
    this.pools.delete(id);
    pool.place.setEnabled(false, 'the pool was deleted');
    this.hub.dismiss(pool, 'the pool was deleted');
  }

  /** Adds an application or replaces the one with its key. Its pool must be known. Throws CONFIG_INVALID for a binding that cannot be read. */
  addApplication(given: GivenApplication): void {
    const settings = { ...DEFAULT_APPLICATION_SETTINGS, ...given };
    const pool = this.pools.get(settings.pool);
    if (!pool) throw new BatonError('INVALID_ARGUMENT', `application ${settings.appKey} names pool ${settings.pool}, which is not known`);
    const app: Application = { ...settings, place: pool.place, counters: pool.counters };
    this.listener.applicationCreated(app);
    this.applications.set(app.appKey, app);
  }

  removeApplication(appKey: string): void {
    if (this.applications.delete(appKey)) this.listener.applicationDeleted(appKey);
  }

  // ---- what WAS orders -------------------------------------------------------------------------------------------

  handover(poolId: string, order: HandoverOrder): HandoverAnswer {
    const pool = this.pools.get(poolId);
    if (!pool) return { kind: 'notReady' };
    const startAtMs = now();
    const answer = pool.place.handover(order);
    pool.counters.handovers[answer.kind]++;
    this.events.onHandover?.(pool, order, answer, startAtMs);
    return answer;
  }

  /** A worker is known dead; from now on it is refused whatever it shows. */
  instanceGone(poolId: string, slot: string, workerId: string, cause: string, isPlanned: boolean): void {
    this.hub.credentials.noteDeath(workerId);
    this.pools.get(poolId)?.place.gone(slot, workerId, cause, isPlanned);
  }

  /** Ends what waits; the sessions end with the hub. */
  close(): void {
    this.hub.detach(this.protocol);
    for (const pool of this.pools.values()) pool.place.refuseParked('ADAPTER_DRAINING', '');
  }
}

const now = (): number => performance.now();
