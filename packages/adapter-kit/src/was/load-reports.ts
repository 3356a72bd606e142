import type { listener } from '@baton/proto';

/** A pool's figures are sent at most this often, ms. */
const EVERY_MS = 1_000;

/** Decides which figures of channels to send: those that changed since they were last told, at most once a second. */
export class LoadReports {
  private readonly told = new Map<number, string>();
  private lastAtMs = Number.NEGATIVE_INFINITY;

  /** The figures to send now; empty: nothing. */
  due(loads: readonly listener.PoolLoad[], now: number): listener.PoolLoad[] {
    if (now - this.lastAtMs < EVERY_MS) return [];
    const changed = loads.filter((load) => this.told.get(load.channelId) !== figures(load));
    if (changed.length > 0) this.lastAtMs = now;
    for (const load of changed) this.told.set(load.channelId, figures(load));
    return changed;
  }

  /** A new leader knows nothing. */
  reset(): void {
    this.told.clear();
    this.lastAtMs = Number.NEGATIVE_INFINITY;
  }
}

const figures = ({ parked, inFlight, requestsTotal, failedTotal }: listener.PoolLoad): string =>
  `${parked} ${inFlight} ${requestsTotal} ${failedTotal}`;
