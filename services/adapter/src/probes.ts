import type { WasClient } from '@baton/adapter-kit';
import { openProbePort, type Probes } from '@baton/core';
import { type Reading, watchProcess } from '@baton/telemetry';
import { expose } from '@baton/telemetry/exposition';
import type { Adapter } from './adapter.ts';
import { readAdapter } from './metrics.ts';
import type { Served } from './served.ts';

/** The probe port of an adapter, and what its metrics are read from. */
export interface AdapterProbes extends Probes {
  read(): Reading[];
}

/** Opens the probe port of an adapter. One that has its routes is ready while WAS is away: it serves. */
export async function openProbes(
  adapter: Adapter,
  was: WasClient,
  options: { host: string; port: number },
  others: readonly Served[] = [],
): Promise<AdapterProbes> {
  const all = [was, ...others.map((other) => other.was)];
  const notReadyReason = () =>
    adapter.isDraining ? 'draining' : all.every(({ isInitialized }) => isInitialized) ? undefined : 'waiting for WAS';
  const readProcess = watchProcess();
  const read = () => [...readAdapter(adapter, was, undefined, others), ...readProcess()];
  const probes = await openProbePort({ notReadyReason, metrics: () => expose(read()) }, options);
  return { ...probes, read };
}
