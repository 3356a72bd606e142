import { type Adapter, createAdapter } from './adapter.ts';
import type { AdapterLog } from './adapter-options.ts';
import type { AdapterConfig } from './config.ts';
import { type AdapterProbes, openProbes } from './probes.ts';
import type { TracingParts } from './telemetry/request-tracing.ts';
import { WasClient } from './was/was-client.ts';

/** An adapter of a cluster: the core, its link to WAS, its probes. */
export interface AdapterService {
  readonly adapter: Adapter;
  readonly was: WasClient;
  readonly probes: AdapterProbes;
  /** Drains: not ready, no new connections, answers what is in flight, takes leave of WAS, then ends everything but the probes. */
  stop(signal?: AbortSignal): Promise<void>;
}

/** Opens the adapter and begins to register with WAS; it does not wait for it. */
export async function openService(config: AdapterConfig, log: AdapterLog, tracing?: TracingParts): Promise<AdapterService> {
  const { id, advertise, grpcPort, lanePort, reusePort, accessLog } = config;
  let was: WasClient | undefined;
  const adapter = await createAdapter({
    id,
    advertise,
    grpcPort,
    lanePort,
    reusePort,
    accessLog,
    log,
    ...(tracing ? { tracing } : {}),
    onNeed: (pool) => was?.need(pool),
    onTally: (tally) => was?.recycled(tally),
    onUnhealthy: (session, reason) => was?.unhealthy(session, reason),
    onTick: (now) => was?.tick(now),
  });
  const client = new WasClient({ adapter, addresses: config.was, secret: config.secret, log });
  was = client;
  const probes = await openProbes(adapter, client, { host: config.probeHost, port: config.probePort }).catch(async (error) => {
    await adapter.close();
    throw error;
  });
  client.open();
  return {
    adapter,
    was: client,
    probes,
    stop: async (signal) => {
      const limit = AbortSignal.timeout(config.drainLimitMs);
      await adapter.drain(signal ? AbortSignal.any([signal, limit]) : limit);
      await client.leave();
      await adapter.close();
    },
  };
}
