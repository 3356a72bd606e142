import { run } from '@baton/core';
import { createLogger } from '@baton/telemetry';
import { startTelemetry } from '@baton/telemetry/start';
import { readWasConfig } from './config.ts';
import { openWas } from './service.ts';
import { createTracer } from './telemetry/tracer.ts';

process.title = 'baton was';
const log = createLogger('was');
const starting = new AbortController();

await run('was', async (stop) => {
  process.once('SIGTERM', () => starting.abort());
  const config = readWasConfig(process.argv.slice(2), process.env);
  const telemetry = await startTelemetry({ service: 'baton-was', instance: config.id, log });
  const tracer = createTracer(telemetry.spans);
  const onReplaced = (cause: string) => stop(`another leader has taken over: ${cause}`);
  const was = await openWas({ ...config, log, tracer, onReplaced }, starting.signal);
  telemetry.exportMetrics(was.read);
  process.send?.({ type: 'ready', ports: was.ports });
  return [telemetry, { name: 'was', close: () => was.close() }];
});
