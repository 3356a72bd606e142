import type { AdapterSession } from '@baton/channel';
import { BatonError } from '@baton/core';
import {
  type Application,
  type ApplicationSettings,
  createApplication,
  DEFAULT_APPLICATION_SETTINGS,
  type GivenApplication,
  type KnownApplication,
} from './forward/application.ts';
import type { Work } from './forward/work.ts';
import type { ChannelHub } from './hub.ts';
import type { Switch } from './place/eligibility.ts';
import type { HandoverAnswer, HandoverOrder } from './place/handover.ts';
import type { Tally } from './place/tally.ts';
import { Pool, type PoolSettings, type Standing } from './pool.ts';
import { type ChannelScheme, PoolSet } from './pool-set.ts';
import type { ListenerSettings, ProtocolListener } from './protocol-listener.ts';
import { WorkSet } from './work-set.ts';

/** What one protocol has to tell WAS. None may call back. */
export interface Reporter {
  /** Work is parked and no connected instance is eligible. */
  need(pool: Pool): void;
  /** A recycle took work from a worker here, or more is known of what became of that. */
  recycled(tally: Tally): void;
  /** A worker did not answer a ping in time. */
  unhealthy(pool: Pool, session: AdapterSession, reason: string): void;
  /** A channel is not known any more. */
  dropped?(pool: Pool): void;
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
  /** @default "pool" */
  readonly channelPer?: ChannelScheme;
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
  readonly poolSet: PoolSet;
  /** Work that was given to `submit`. */
  readonly works = new WorkSet();
  /** Undefined: there is no WAS. */
  reporter: Reporter | undefined = undefined;
  /** What WAS said last. */
  settings: ListenerSettings = { onWasLost: 'serve', tls: [] };
  private readonly apps = new Map<string, KnownApplication>();
  private readonly events: AdapterEvents;

  constructor({ hub, protocol, listener, channelPer = 'pool', events = {} }: ListenerAdapterOptions) {
    this.hub = hub;
    this.protocol = protocol;
    this.listener = listener;
    this.events = events;
    this.poolSet = new PoolSet(channelPer, (id, appKey, standing) => this.openChannel(id, appKey, standing));
    listener.attached?.(this);
    hub.attach(protocol, {
      onUnhealthy: (pool, session, reason) => this.reporter?.unhealthy(pool, session, reason),
      onTick: (at) => this.sweep(at),
    });
  }

  get id(): string {
    return this.hub.id;
  }

  /** Channels that work goes to, by pool id; with one for each application by "POOL/APPLICATION". */
  get pools(): ReadonlyMap<string, Pool> {
    return this.poolSet.open;
  }

  get applications(): ReadonlyMap<string, Application> {
    return this.apps;
  }

  // ---- work ------------------------------------------------------------------------------------------------------

  /** Takes work of an application: to a worker at once, or into the queue, or refused. The kit looks at its deadlines from now on. */
  submit(app: Application, work: Work): void {
    work.app = app;
    if (this.hub.isDraining) work.refuse('ADAPTER_DRAINING', '');
    else if (app.isBlocked) work.refuse('REQUESTS_BLOCKED', app.appKey);
    else work.place(app);
    this.works.add(work);
  }

  /** Resolves when all that was submitted is over, or, without an error, when the signal says so. */
  idle(signal?: AbortSignal): Promise<void> {
    return this.works.idle(signal);
  }

  private sweep(at: number): void {
    this.listener.sweep?.(at);
    this.works.sweep(at);
    for (const pool of this.poolSet.open.values()) pool.sweep(at);
    for (const pool of this.poolSet.closing) pool.sweep(at);
    this.reporter?.tick(at);
  }

  // ---- pools -----------------------------------------------------------------------------------------------------

  /** A pool is there, with these settings; with one channel for each pool, its channel too. */
  setPool(id: string, given: Partial<PoolSettings> = {}): void {
    this.poolSet.set(id, given);
    this.rekey(id);
  }

  /** As `setPool`, where there is one channel for each pool. Returns it. */
  addPool(id: string, given: Partial<PoolSettings> = {}): Pool {
    this.setPool(id, given);
    return this.poolSet.for(id, '');
  }

  /** Something of a pool has changed; one that is not known is not made. */
  changePool(id: string, more: Partial<Standing>): void {
    this.poolSet.change(id, more);
  }

  /** The ACL of the pool's channels: workers of the old identity may not come back after their link. */
  changeIdentity(id: string, identity: string): void {
    const settings = this.poolSet.settingsOf(id);
    if (!settings) return;
    this.poolSet.change(id, { settings: { ...settings, identity } });
    this.rekey(id);
  }

  private rekey(id: string): void {
    for (const { channel, settings } of this.poolSet.ofId(id)) {
      if (channel.poolIdentity === settings.identity) continue;
      channel.poolIdentity = settings.identity;
      this.hub.rekey(channel.id);
    }
  }

  /** The pool is gone: what waits is refused, and every session of it ends. */
  removePool(id: string): void {
    this.poolSet.forget(id);
    for (const pool of this.poolSet.ofId(id)) {
      pool.place.setEnabled(false, 'the pool was deleted');
      this.dropChannel(pool, 'the pool was deleted');
    }
  }

  /** A channel is closed: its id is free, which is to say that it is not used again. */
  dropChannel(pool: Pool, cause: string): void {
    this.poolSet.drop(pool);
    this.hub.dismiss(pool, cause);
    this.reporter?.dropped?.(pool);
  }

  private openChannel(id: string, appKey: string | undefined, standing: Standing): Pool {
    const { hub, protocol, events } = this;
    const channel = hub.channels.create({ pool: id, protocol, appKey }, standing.settings.identity);
    const pool: Pool = new Pool(
      id,
      standing,
      channel,
      { sequence: hub.sequence, now },
      {
        onNeed: () => this.reporter?.need(pool),
        onSwitch: (facts) => {
          pool.left(facts.slot, facts.from);
          events.onSwitch?.(pool, facts);
        },
        onTally: (tally) => this.reporter?.recycled(tally),
      },
    );
    hub.admit(pool);
    return pool;
  }

  // ---- applications ----------------------------------------------------------------------------------------------

  /** Adds an application, or gives the one with its key these settings. Throws INVALID_ARGUMENT (pool not known), CONFIG_INVALID (bindings). */
  addApplication(given: GivenApplication): void {
    const settings = { ...DEFAULT_APPLICATION_SETTINGS, ...given };
    const known = this.apps.get(settings.appKey);
    if (!known) {
      const pool = this.poolSet.for(settings.pool, settings.appKey);
      const app = createApplication(settings, pool);
      try {
        this.listener.applicationCreated(app);
      } catch (error) {
        pool.unuse(app.appKey);
        throw error;
      }
      this.apps.set(app.appKey, app);
      return;
    }
    this.moveApplication(settings.appKey, settings.pool);
    this.blockRequests(settings.appKey, settings.isBlocked);
    Object.assign(known, settings);
    this.listener.applicationCreated(known);
  }

  removeApplication(appKey: string): void {
    const app = this.apps.get(appKey);
    if (!app) return;
    this.apps.delete(appKey);
    this.listener.applicationDeleted(appKey);
    for (const item of app.place.takeParked(appKey)) item.refuse('NO_ROUTE', `application ${appKey} was deleted`);
    for (const pool of this.poolSet.all) pool.unuse(appKey);
  }

  /** Throws CONFIG_INVALID for a binding that cannot be read. */
  changeBindings(appKey: string, bindings: readonly string[]): void {
    const app = this.known(appKey);
    app.bindings = bindings;
    if (this.listener.bindingsChanged) this.listener.bindingsChanged(app);
    else this.listener.applicationCreated(app);
  }

  changeApplication(appKey: string, settings: Partial<Omit<ApplicationSettings, 'appKey' | 'pool' | 'bindings' | 'isBlocked'>>): void {
    const app = this.known(appKey);
    Object.assign(app, settings);
    if (this.listener.settingsChanged) this.listener.settingsChanged(app);
    else this.listener.applicationCreated(app);
  }

  /** Its work goes to another pool from now on, that which waits too; what is with a worker of the old one ends there. */
  moveApplication(appKey: string, poolId: string): void {
    const app = this.known(appKey);
    if (app.pool === poolId) return;
    const pool = this.poolSet.for(poolId, appKey);
    const parked = app.place.takeParked(appKey);
    for (const old of this.poolSet.all) old.unuse(appKey);
    pool.use(appKey);
    Object.assign(app, { pool: poolId, place: pool.place, counters: pool.counters });
    this.listener.poolChanged?.(app);
    for (const item of parked) pool.place.move(item);
  }

  /** Blocked, nothing of its clients reaches a worker any more, not even what waits. */
  blockRequests(appKey: string, isBlocked: boolean): void {
    const app = this.known(appKey);
    if (app.isBlocked === isBlocked) return;
    app.isBlocked = isBlocked;
    if (isBlocked) for (const item of app.place.takeParked(appKey)) item.refuse('REQUESTS_BLOCKED', appKey);
    this.listener.requestsBlocked?.(app);
  }

  private known(appKey: string): KnownApplication {
    const app = this.apps.get(appKey);
    if (!app) throw new BatonError('INVALID_ARGUMENT', `application ${appKey} is not known`);
    return app;
  }

  // ---- what WAS orders -------------------------------------------------------------------------------------------

  changeSettings(settings: ListenerSettings): void {
    this.settings = settings;
    this.listener.listenerSettings?.(settings);
  }

  /** Without `channelId` the pool's one channel is meant. */
  handover(poolId: string, order: HandoverOrder, channelId?: number): HandoverAnswer {
    const pool = channelId === undefined ? this.pools.get(poolId) : this.poolSet.ofChannel(channelId);
    if (pool?.id !== poolId) return { kind: 'notReady' };
    const startAtMs = now();
    const answer = pool.place.handover(order);
    pool.counters.handovers[answer.kind]++;
    this.events.onHandover?.(pool, order, answer, startAtMs);
    return answer;
  }

  /** A worker is known dead; from now on it is refused whatever it shows. */
  instanceGone(poolId: string, slot: string, workerId: string, cause: string, isPlanned: boolean): void {
    this.hub.credentials.noteDeath(workerId);
    for (const pool of this.poolSet.ofId(poolId)) pool.place.gone(slot, workerId, cause, isPlanned);
  }

  /** Ends what waits; the sessions end with the hub. */
  close(): void {
    this.hub.detach(this.protocol);
    for (const pool of this.poolSet.all) pool.place.refuseParked('ADAPTER_DRAINING', '');
  }
}

const now = (): number => performance.now();
