import { BatonError, sleep } from '@baton/core';
import type { AdminClient } from './client.ts';
import type { Recycle } from './types.ts';

export interface WaitForRecycleOptions {
  /** How long a cluster that went away is tried, ms. @default 30_000 */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

/** One question waits this long, ms; shorter than any limit in between. */
const QUESTION_MS = 20_000;
/** Pause between attempts at a cluster that went away, ms. */
const RETRY_MS = 250;

/** The receipt of a recycle once it has ended, also across a restart of WAS; CLUSTER_UNREACHABLE when the cluster stays away. */
export async function waitForRecycle(client: AdminClient, id: string, options: WaitForRecycleOptions = {}): Promise<Recycle> {
  const { patienceMs = 30_000, signal } = options;
  const call = signal ? { signal } : {};
  let lostAtMs: number | undefined;
  for (;;) {
    try {
      const receipt = await client.recycle(id, { waitMs: QUESTION_MS }, call);
      if (receipt.outcome !== 'running') return receipt;
      lostAtMs = undefined;
    } catch (error) {
      const failure = BatonError.from(error);
      if (failure.code !== 'CLUSTER_UNREACHABLE' && failure.status !== 503) throw failure;
      lostAtMs ??= Date.now();
      if (Date.now() - lostAtMs >= patienceMs) throw failure;
      await sleep(RETRY_MS, signal);
    }
  }
}
