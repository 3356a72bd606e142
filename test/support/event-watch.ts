import type { AdminClient, Event } from '@baton/admin';
import { defer, sleep, within } from '@baton/core';
import { type EventRecord, type Json, readEvent } from '../checker/index.ts';

/** The events of a cluster as they happen, also over restarts of WAS. */
export interface EventWatch extends Disposable {
  readonly seen: readonly EventRecord[];
  /** The first event since it began to watch for which `isIt` holds; waits for one. */
  find(isIt: (event: EventRecord) => boolean, what: string, limitMs?: number): Promise<EventRecord>;
}

const RETRY_MS = 50;
const MOST_MISSED = 10_000;

/** Begins to watch; resolves when nothing that happens from then on is missed. */
export async function watchEvents(admin: AdminClient): Promise<EventWatch> {
  const stop = new AbortController();
  const call = { signal: stop.signal };
  const seen: EventRecord[] = [];
  const ids = new Set<string>();
  const waiters = new Set<(event: EventRecord) => void>();
  const take = (event: Event) => {
    if (event.id !== '' && ids.has(event.id)) return;
    ids.add(event.id);
    const record = readEvent(event as unknown as Json);
    seen.push(record);
    for (const waiter of [...waiters]) waiter(record);
  };
  const first = await admin.openEvents({}, call);
  for (const { id } of await admin.events({ limit: MOST_MISSED }, call)) ids.add(id);
  const follow = async () => {
    for (let live: AsyncGenerator<Event> | undefined = first; !stop.signal.aborted; ) {
      try {
        live ??= await admin.openEvents({}, call);
        if (live !== first) for (const event of await admin.events({ limit: MOST_MISSED }, call)) take(event);
        for await (const event of live) take(event);
      } catch {
        await sleep(RETRY_MS); // WAS is away
      }
      live = undefined;
    }
  };
  void follow();
  return {
    seen,
    find(isIt, what, limitMs = 20_000) {
      const known = seen.find(isIt);
      if (known) return Promise.resolve(known);
      const { promise, resolve } = defer<EventRecord>();
      const waiter = (event: EventRecord) => {
        if (isIt(event)) resolve(event);
      };
      waiters.add(waiter);
      return within(promise, limitMs, what).finally(() => waiters.delete(waiter));
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
