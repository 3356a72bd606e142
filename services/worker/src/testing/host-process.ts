/** A host in a process of its own, for tests that kill it; the argument is the settings as JSON. */
import { run } from '@baton/core';
import { createLogger } from '@baton/telemetry';
import { createHost, type HostOptions } from '../host.ts';

await run(
  'host',
  async () => {
    const settings = JSON.parse(process.argv[2] ?? '') as Omit<HostOptions, 'log'>;
    const host = await createHost({ ...settings, log: createLogger('host') });
    process.on('exit', () => {
      if (host.isStopping()) host.killAll();
    });
    process.send?.({ type: 'ready' });
    return [{ name: 'host', close: (signal) => host.close(signal) }];
  },
  { log: () => undefined },
);
