import { run } from '@baton/core';
import { createLogger } from '@baton/telemetry';
import { startTelemetry } from '@baton/telemetry/start';
import { readConfig } from './config.ts';
import { letHeapGrow } from './let-heap-grow.ts';
import { openService } from './service.ts';

// Requests in flight get the drain limit of their own; this only ends what hangs.
const SHUTDOWN_LIMIT_MS = 24 * 60 * 60 * 1000;

await run(
  'adapter',
  async () => {
    letHeapGrow();
    const config = readConfig(process.argv.slice(2), process.env);
    process.title = `baton adapter ${config.id}`;
    const log = createLogger('adapter', { bindings: { adapter: config.id } });
    const telemetry = await startTelemetry({ service: 'baton-adapter', instance: config.id, log });
    const service = await openService(config, log, telemetry);
    telemetry.exportMetrics(service.probes.read);
    process.on('exit', () => service.adapter.accessLog?.flushSync());
    process.send?.({
      type: 'ready',
      ports: { grpc: service.adapter.grpcPort, lane: service.adapter.lanePort, probe: service.probes.port },
    });
    return [telemetry, service.probes, { name: `adapter ${config.id}`, close: (signal) => service.stop(signal) }];
  },
  { shutdownTimeLimitMs: SHUTDOWN_LIMIT_MS },
);
