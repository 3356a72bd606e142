import { openProbePort, type Probes } from '@baton/core';
import type { Adapter } from './adapter.ts';
import { metricsText } from './metrics.ts';
import type { WasClient } from './was/was-client.ts';

/** Opens the probe port of an adapter. One that has its routes is ready while WAS is away: it serves. */
export function openProbes(adapter: Adapter, was: WasClient, options: { host: string; port: number }): Promise<Probes> {
  const notReadyReason = () => (adapter.isDraining ? 'draining' : was.isInitialized ? undefined : 'waiting for WAS');
  return openProbePort({ notReadyReason, metrics: () => metricsText(adapter, was) }, options);
}
