import { run } from '@baton/core';
import { createLogger } from '@baton/telemetry';
import { startTelemetry } from '@baton/telemetry/start';
import { readConfig } from './config.ts';
import { createHost } from './host.ts';
import { openProbes } from './probes.ts';

/** Far above any shutdownTimeLimit: each worker has its pool's own, and what runs a host bounds the whole. */
const SHUTDOWN_LIMIT_MS = 24 * 60 * 60 * 1000;

await run(
  'host',
  async () => {
    const config = readConfig(process.argv.slice(2), process.env);
    process.title = `baton host ${config.id}`;
    const log = createLogger('host', { bindings: { host: config.id } });
    const telemetry = await startTelemetry({ service: 'baton-host', instance: config.id, log });
    const host = await createHost({
      id: config.id,
      clusterId: config.cluster,
      was: config.was,
      redis: config.redis,
      secret: config.secret,
      advertise: config.advertise,
      appRoot: config.appRoot,
      stateDir: config.stateDir,
      spares: config.spares,
      capacity: config.capacity,
      log,
      spans: telemetry.spans,
    });
    // told to end at once (a second signal): nothing may be left behind
    process.on('exit', () => {
      if (host.isStopping()) host.killAll();
    });
    const probes = await openProbes(host, { host: config.probeHost, port: config.probePort, id: config.id }).catch(
      async (error: unknown) => {
        await host.close(AbortSignal.timeout(5_000));
        throw error;
      },
    );
    telemetry.exportMetrics(probes.read);
    process.send?.({ type: 'ready', ports: { probe: probes.port } });
    return [telemetry, probes, { name: `host ${config.id}`, close: (signal) => host.close(signal) }];
  },
  { shutdownTimeLimitMs: SHUTDOWN_LIMIT_MS },
);
