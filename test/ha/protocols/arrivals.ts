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

/** Work at a constant rate of arrivals: what is slow holds nothing up, so that waiting shows. */
export function startArrivals(client: Client, perSecond: number, prefix: string): Arrivals {
  const startedAtMs = performance.now();
  const ids: string[] = [];
  const failures: { id: string; wrong: string }[] = [];
  const pids = new Set<number>();
  const underWay = new Set<string>();
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
    while (ids.length < due) void issue(`${prefix}-${ids.length + 1}`);
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
