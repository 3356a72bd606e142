import { BatonError, sleep } from '@baton/core';
import type { AdminClient } from './client.ts';
import type { Event } from './types.ts';

export interface KeepFollowingOptions {
  readonly pool?: string | undefined;
  /** How long a cluster that went away is tried, ms. @default 10_000 */
  readonly patienceMs?: number;
  /** The cluster went away; it is tried again. */
  readonly onLost?: (error: BatonError) => void;
  readonly onBack?: () => void;
  readonly signal?: AbortSignal;
}

/** Pause between attempts, ms: WAS is back within a second as a rule. */
const RETRY_MS = 250;
/** What can have happened meanwhile: all that a cluster keeps. */
const MOST_MISSED = 10_000;

/**
 * Events from now on, also across restarts of WAS: what happened meanwhile is fetched, and nothing is given twice.
 *
 * - It ends when the cluster ends the stream in order, and as CLUSTER_UNREACHABLE when the cluster stays away longer than `patienceMs`.
 * - A cluster that is not there at the beginning is not waited for.
 */
export async function* keepFollowing(client: AdminClient, options: KeepFollowingOptions = {}): AsyncGenerator<Event> {
  const { pool, patienceMs = 10_000, onLost, onBack, signal } = options;
  const call = signal ? { signal } : {};
  // the newest event that needs no fetching; undefined until the stream was open once
  let newest: string | undefined;
  let lostAtMs: number | undefined;
  for (;;) {
    try {
      // the stream first: what happens between the two calls comes in both
      const live = await client.openEvents({ pool }, call);
      const kept = await client.events({ pool, limit: newest === undefined ? 1 : MOST_MISSED }, call);
      if (lostAtMs !== undefined) onBack?.();
      lostAtMs = undefined;
      let given = '';
      if (newest === undefined) newest = kept.at(-1)?.id ?? '';
      else
        for (const event of kept) {
          if (!isAfter(event.id, newest)) continue;
          given = newest = event.id;
          yield event;
        }
      for await (const event of live) {
        if (given !== '' && event.id !== '' && !isAfter(event.id, given)) continue;
        if (isAfter(event.id, newest)) newest = event.id;
        yield event;
      }
      return;
    } catch (error) {
      const failure = BatonError.from(error);
      const isAway = failure.code === 'CLUSTER_UNREACHABLE' || failure.status === 503;
      if (newest === undefined || !isAway) throw failure;
      if (lostAtMs === undefined) onLost?.(failure);
      lostAtMs ??= Date.now();
      if (Date.now() - lostAtMs >= patienceMs) {
        throw new BatonError('CLUSTER_UNREACHABLE', `no cluster answered at ${client.url} for ${patienceMs} ms`, { cause: failure });
      }
      await sleep(RETRY_MS, signal);
    }
  }
}

/** Ids are "MILLISECONDS-NUMBER"; one that is missing is after nothing. */
function isAfter(id: string, other: string): boolean {
  const [ms = 0, number = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherNumber = 0] = other.split('-').map(Number);
  return ms > otherMs || (ms === otherMs && number > otherNumber);
}
