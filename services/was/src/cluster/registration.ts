import type { AppView, ListenerView, PoolView } from '../api/listener/view.ts';

/** What an adapter has been told of the configuration since its stream is up. */
export interface Told {
  /** Undefined: nothing yet. */
  listener: ListenerView | undefined;
  readonly pools: Map<string, PoolView>;
  readonly apps: Map<string, AppView>;
}

/** One protocol of one adapter process, registered on a stream of its own; or one whose channels were saved. */
export interface Registration {
  readonly key: string;
  readonly adapterId: string;
  readonly protocol: string;
  pid: number;
  isAttached: boolean;
  /** It has registered with this leader. */
  hasRegistered: boolean;
  registeredAtMs: number;
  told: Told;
  /** Pools it knows and needs no more: since when, Unix time, ms. */
  readonly unneededSinceMs: Map<string, number>;
  /** Awaited callbacks that it has not acknowledged: number → the pool whose workers wait for it. */
  readonly unacknowledged: Map<number, string>;
  /** The last of those numbers. */
  lastNumber: number;
}

/** Names one protocol of one adapter; no protocol has a ":" in its name. */
export function registrationKey(adapterId: string, protocol: string): string {
  return `${protocol}:${adapterId}`;
}

export function newRegistration(adapterId: string, protocol: string, now: number): Registration {
  return {
    key: registrationKey(adapterId, protocol),
    adapterId,
    protocol,
    pid: 0,
    isAttached: false,
    hasRegistered: false,
    registeredAtMs: now,
    told: nothingTold(),
    unneededSinceMs: new Map(),
    unacknowledged: new Map(),
    lastNumber: 0,
  };
}

export function nothingTold(): Told {
  return { listener: undefined, pools: new Map(), apps: new Map() };
}
