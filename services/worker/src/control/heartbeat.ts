import { totalmem } from 'node:os';
import { control, create } from '@baton/proto';
import type { Stats } from '../messages.ts';
import { residentBytes } from '../process/proc-facts.ts';
import type { WorkerRecord } from '../slots/record.ts';

/** Memory of this machine, or of the container that bounds this process, bytes. */
export function totalMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Memory this process and its children may still take, bytes; the limit of the container counts. */
export function freeMemoryBytes(): number {
  return process.availableMemory();
}

/**
 * The figures of a heartbeat: what each worker said of itself, or at least its memory as the system sees it.
 * Memory from /proc is of the heartbeat before, so that making one does not wait.
 */
export class HeartbeatStats {
  readonly #residentBytes = new Map<string, number>();

  make(number: number, spares: number, live: readonly WorkerRecord[], statsOf: (workerId: string) => Stats | undefined): control.Heartbeat {
    const workers = live.map(({ workerId }) => {
      const stats = statsOf(workerId);
      const rssBytes = this.#residentBytes.get(workerId) ?? stats?.rssBytes ?? 0;
      return { workerId, requestsServed: stats?.requestsServed ?? 0, inFlight: stats?.inFlight ?? 0, rssBytes };
    });
    void this.#measure(live);
    return create(control.HeartbeatSchema, { number, spares, freeMemoryBytes: freeMemoryBytes(), workers });
  }

  async #measure(live: readonly WorkerRecord[]): Promise<void> {
    const found = await Promise.all(live.map(async ({ workerId, pid }) => [workerId, pid > 0 ? await residentBytes(pid) : 0] as const));
    this.#residentBytes.clear();
    for (const [workerId, bytes] of found) if (bytes > 0) this.#residentBytes.set(workerId, bytes);
  }
}
