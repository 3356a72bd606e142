import { type Config, parseConfig } from '@baton/config';
import { BatonError } from '@baton/core';

/** Reads and checks a configuration as the leader applies it: everything `parseConfig` checks, and what this release cannot run. */
export function readConfig(yaml: string, file: string): Config {
  const config = parseConfig(yaml, { file });
  for (const pool of config.pools) {
    const names = config.apps.filter((app) => app.pool === pool.name).map(({ name }) => name);
    if (names.length > 1) {
      throw new BatonError(
        'CONFIG_INVALID',
        `${file}: pool "${pool.name}" has ${names.length} apps (${names.join(', ')}), expected one: a worker runs one app`,
        {
          hint: 'Give each app a pool of its own',
        },
      );
    }
  }
  return config;
}
