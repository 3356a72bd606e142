import { run } from '@baton/core';
import { createLogger } from '@baton/telemetry';
import { readWasConfig } from './config.ts';
import { openWas } from './service.ts';

process.title = 'baton was';
const log = createLogger('was');
const starting = new AbortController();

await run('was', async (stop) => {
  process.once('SIGTERM', () => starting.abort());
  const config = readWasConfig(process.argv.slice(2), process.env);
  const was = await openWas({ ...config, log, onReplaced: (cause) => stop(`another leader has taken over: ${cause}`) }, starting.signal);
  process.send?.({ type: 'ready', ports: was.ports });
  return [{ name: 'was', close: () => was.close() }];
});
