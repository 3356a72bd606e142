import { openProbePort, type Probes } from '@baton/core';
import { type Reading, watchProcess } from '@baton/telemetry';
import { expose } from '@baton/telemetry/exposition';
import type { Host } from './host.ts';
import { readHost } from './metrics.ts';

/** The probe port of a host, and what its metrics are read from. */
export interface HostProbes extends Probes {
  read(): Reading[];
}

/** Opens the probe port of a host. */
export async function openProbes(host: Host, options: { host: string; port: number; id: string }): Promise<HostProbes> {
  const notReadyReason = () => (host.isReady() ? undefined : host.isAttached() ? 'no orders' : 'not attached to WAS');
  const readProcess = watchProcess();
  const read = () => [...readHost(host, options.id), ...readProcess()];
  const probes = await openProbePort({ notReadyReason, metrics: () => expose(read()) }, options);
  return { ...probes, read };
}
