import type { Channel } from './channel/channels.ts';
import type { PingPolicy } from './channel/ping-schedule.ts';
import { PoliteCloses } from './drain/polite-closes.ts';
import { PoolCounters } from './forward/counters.ts';
import { type ActivationFault, type PlaceEvents, PoolPlace } from './place/pool.ts';
import type { Sequence } from './place/sequence.ts';

/** What becomes of work that lives long when its worker is to leave; milliseconds. */
export interface DrainSettings {
  /** wait: as long as the worker may. close: it is ended politely. stay: as wait, and the worker may longer. */
  readonly policy: 'wait' | 'close' | 'stay';
  /** Of close: from the hand-over to the first polite end. */
  readonly graceMs: number;
}

/** What an adapter needs to know of an application pool; milliseconds, 0 = none. */
export interface PoolSettings {
  /** Identity that its workers show: the ACL of its channels. */
  readonly identity: string;
  readonly queueLength: number;
  readonly isAlwaysRunning: boolean;
  readonly pingPolicy: PingPolicy;
  readonly drain: DrainSettings;
}

/** What contract.md gives a pool that says nothing; its identity is its name. */
export const DEFAULT_POOL_SETTINGS: Omit<PoolSettings, 'identity'> = Object.freeze({
  queueLength: 1000,
  isAlwaysRunning: false,
  pingPolicy: Object.freeze({ isEnabled: true, intervalMs: 30_000, responseTimeMs: 90_000 }),
  drain: Object.freeze({ policy: 'wait', graceMs: 5_000 }),
});

/** What WAS has said of a pool: all its channels go by it. */
export interface Standing {
  settings: PoolSettings;
  isEnabled: boolean;
  /** Why it is stopped. */
  cause: string;
  /** Why its starts fail. */
  fault: ActivationFault | undefined;
}

/** What the pools of an adapter share. */
export interface PoolContext {
  readonly sequence: Sequence;
  readonly now: () => number;
}

/** An application pool as one channel of this adapter sees it: where its work goes, and what was counted. */
export class Pool {
  readonly id: string;
  readonly channel: Channel;
  readonly place: PoolPlace;
  readonly counters = new PoolCounters();
  /** Applications whose work goes here, by key. */
  readonly users = new Set<string>();
  /** It had applications, and the last one is gone: the channel is to be closed when its work has ended. */
  isUnused = false;
  private standing: Standing;
  private readonly politeCloses = new PoliteCloses();
  private readonly context: PoolContext;

  constructor(id: string, standing: Standing, channel: Channel, context: PoolContext, events: PlaceEvents) {
    this.id = id;
    this.standing = standing;
    this.channel = channel;
    this.context = context;
    this.place = new PoolPlace({ pool: id, channelId: channel.id, queueLength: standing.settings.queueLength, ...context, events });
    this.follow(standing);
  }

  get protocol(): string {
    return this.channel.protocol;
  }

  get settings(): PoolSettings {
    return this.standing.settings;
  }

  get pingPolicy(): PingPolicy {
    return this.settings.pingPolicy;
  }

  /** Nothing waits here or is with a worker. */
  get isIdle(): boolean {
    return this.place.parked.size === 0 && this.place.inFlight === 0;
  }

  /** WAS has said something new of the pool. */
  follow(standing: Standing): void {
    const { settings, isEnabled, cause, fault } = standing;
    this.standing = standing;
    this.place.queueLength = settings.queueLength;
    this.place.fault = fault;
    if (this.place.isEnabled !== isEnabled || !isEnabled) this.place.setEnabled(isEnabled, cause);
  }

  use(appKey: string): void {
    this.users.add(appKey);
    this.isUnused = false;
  }

  unuse(appKey: string): void {
    if (this.users.delete(appKey)) this.isUnused = this.users.size === 0;
  }

  /** A hand-over took work from this worker. */
  left(slotName: string, workerId: string): void {
    const slot = this.place.slots.get(slotName);
    if (slot && workerId !== '' && this.settings.drain.policy === 'close') this.politeCloses.begin(slot, workerId, this.context.now());
  }

  sweep(nowMs: number): void {
    this.politeCloses.sweep(this.settings.drain.graceMs, nowMs);
  }
}
