import { type ChannelHub, connectToWas, openHub, type WasClient } from '@baton/adapter-kit';
import { type Adapter, createAdapter } from './adapter.ts';
import type { AdapterLog } from './adapter-options.ts';
import type { AdapterConfig } from './config.ts';
import { type AdapterProbes, openProbes } from './probes.ts';
import { openQueue } from './queue/open-queue.ts';
import type { Served } from './served.ts';
import { openTcp } from './tcp/open-tcp.ts';
import type { OpenTls } from './tcp/tls-end.ts';
import type { TracingParts } from './telemetry/request-tracing.ts';
import { TlsTerminator } from './tls/terminator.ts';

/** An adapter of a cluster: the workers' side, the listeners with their links to WAS, its probes. */
export interface AdapterService {
  readonly hub: ChannelHub;
  readonly adapter: Adapter;
  readonly was: WasClient;
  readonly probes: AdapterProbes;
  /** Drains: not ready, no new connections, answers what is in flight, takes leave of WAS, then ends everything but the probes. */
  stop(signal?: AbortSignal): Promise<void>;
}

/** Opens the adapter and begins to register with WAS; it does not wait for it. */
export async function openService(config: AdapterConfig, log: AdapterLog, tracing?: TracingParts): Promise<AdapterService> {
  const { id, advertise, grpcPort, lanePort, reusePort, accessLog, was, secret, channelPer } = config;
  const hub = await openHub({ id, advertise, grpcPort, lanePort, log });
  const adapter = await createAdapter({ id, hub, channelPer, reusePort, accessLog, log, ...(tracing ? { tracing } : {}) });
  const http = connectToWas(adapter.core, { was, secret, log });
  const openTls: OpenTls = (events) => new TlsTerminator({ contexts: adapter.tls, alpn: [], allowHalfOpen: true, ...events });
  const others: Served[] = [];
  if (config.protocols.includes('tcp'))
    others.push(await openTcp({ hub, channelPer, reusePort, accessLog: adapter.accessLog, openTls, log, was, secret }));
  if (config.protocols.includes('queue')) {
    const { redisUrl } = config;
    others.push(await openQueue({ hub, channelPer, redisUrl, accessLog: adapter.accessLog, tracing, log, was, secret }));
  }
  const address = { host: config.probeHost, port: config.probePort };
  const probes = await openProbes(adapter, http.was, address, others).catch(async (error) => {
    await Promise.all([http, ...others].map((served) => served.was.leave()));
    await adapter.close();
    hub.close();
    throw error;
  });
  return {
    hub,
    adapter,
    was: http.was,
    probes,
    stop: async (signal) => {
      hub.isDraining = true;
      const limit = AbortSignal.timeout(config.drainLimitMs);
      const end = signal ? AbortSignal.any([signal, limit]) : limit;
      // The others first: the access log ends with HTTP.
      await Promise.all([adapter.drain(end), ...others.map((served) => served.stop(end))]);
      await http.stop(end);
      hub.close();
    },
  };
}
