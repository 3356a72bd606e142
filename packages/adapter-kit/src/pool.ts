import type { Channel } from './channel/channels.ts';
import type { PingPolicy } from './channel/ping-schedule.ts';
import { PoolCounters } from './forward/counters.ts';
import { type PlaceEvents, PoolPlace } from './place/pool.ts';
import type { Sequence } from './place/sequence.ts';

/** What an adapter needs to know of an application pool; milliseconds, 0 = none. */
export interface PoolSettings {
  /** Identity that its workers show: the ACL of its channel. */
  readonly identity: string;
  readonly queueLength: number;
  readonly isAlwaysRunning: boolean;
  readonly pingPolicy: PingPolicy;
}

/** What contract.md gives a pool that says nothing; its identity is its name. */
export const DEFAULT_POOL_SETTINGS: Omit<PoolSettings, 'identity'> = Object.freeze({
  queueLength: 1000,
  isAlwaysRunning: false,
  pingPolicy: Object.freeze({ isEnabled: true, intervalMs: 30_000, responseTimeMs: 90_000 }),
});

/** What the pools of an adapter share. */
export interface PoolContext {
  readonly sequence: Sequence;
  readonly now: () => number;
}

/** An application pool on this adapter: its channel, where its requests go, and what was counted. */
export class Pool {
  readonly id: string;
  readonly channel: Channel;
  readonly place: PoolPlace;
  readonly counters = new PoolCounters();
  settings: PoolSettings;

  constructor(id: string, settings: PoolSettings, channel: Channel, context: PoolContext, events: PlaceEvents) {
    this.id = id;
    this.settings = settings;
    this.channel = channel;
    this.place = new PoolPlace({ pool: id, channelId: channel.id, queueLength: settings.queueLength, ...context, events });
  }

  get protocol(): string {
    return this.channel.protocol;
  }

  get pingPolicy(): PingPolicy {
    return this.settings.pingPolicy;
  }

  update(settings: PoolSettings): void {
    this.settings = settings;
    this.place.queueLength = settings.queueLength;
  }
}
