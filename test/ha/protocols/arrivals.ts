import { until } from '@baton/core';
import type { Client } from './protocol.ts';

/** What the clients counted. */
export interface Count {
  readonly ids: readonly string[];
  readonly failures: readonly { readonly id: string; readonly wrong: string }[];
  readonly pids: ReadonlySet<number>;
}

export interface Arrivals {
  readonly sent: number;
  readonly failed: number;
  /** Begins nothing more, lets all that is under way end, and counts what does not as failed. */
  stop(): Promise<Count>;
}

const TICK_MS = 5;
const PATIENCE_MS = 60_000;

/** At what rate work arrives. */
export interface Pace {
  /** Pieces of work begun a second, whether or not earlier ones are done. */
  readonly perSecond: number;
  /** What would be begun beside so many is left out. @default none is */
  readonly mostAtOnce?: number;
}

/** Work at a constant rate of arrivals: what is slow holds nothing up, so that waiting shows. */
export function startArrivals(client: Client, { perSecond, mostAtOnce = Number.POSITIVE_INFINITY }: Pace, prefix: string): Arrivals {
  const startedAtMs = performance.now();
  const ids: string[] = [];
  const failures: { id: string; wrong: string }[] = [];
  const pids = new Set<number>();
  const underWay = new Set<string>();
  let come = 0;
  const issue = async (id: string) => {
    ids.push(id);
    underWay.add(id);
    const sight = await client.send(id);
    underWay.delete(id);
    if ('wrong' in sight) failures.push({ id, wrong: sight.wrong });
    else pids.add(sight.pid);
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1_000);
    for (; come < due; come++) if (underWay.size < mostAtOnce) void issue(`${prefix}-${ids.length + 1}`);
  }, TICK_MS);
  return {
    get sent() {
      return ids.length;
    },
    get failed() {
      return failures.length;
    },
    async stop() {
      clearInterval(timer);
      await until(() => underWay.size === 0, PATIENCE_MS, 'the end of all that is under way').catch(() => {});
      return { ids, failures: [...failures, ...[...underWay].map((id) => ({ id, wrong: 'no end' }))], pids };
    },
  };
}
