import { type GivenSetting, parseConfig, setPoolSettings } from '@baton/config';
import { BatonError } from '@baton/core';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { printChanges } from './apply.ts';
import { addClusterCommand, type CommonOptions, printJson } from './define.ts';

/** `baton pool set`: changes settings of a pool in the configuration of the cluster, through the same checks as a file. */
export function addPoolSetCommand(pool: Command, io: Io): void {
  addClusterCommand<CommonOptions & { dryRun?: boolean }>(
    pool,
    io,
    {
      usage: 'set <pool> <settings...>',
      about: 'change settings of a pool, KEY=VALUE as in baton.yaml (KEY= for the default); the file on disk stays as it is',
      examples: [
        'baton pool set shop queueLength=50 processModel.idleTimeout=5m',
        `baton pool set shop 'recycling.periodicRestart.schedule=["03:00"]'`,
        'baton pool set shop environmentVariables.LEVEL=debug --dry-run',
      ],
    },
    async (client, options, [name, ...given]) => {
      const settings = given.map(readSetting);
      const { yaml, file } = await client.config();
      const changed = setPoolSettings(yaml, name!, settings);
      parseConfig(changed, { file: file || 'baton.yaml' });
      const result = await client.applyConfig({ yaml: changed, file, dryRun: options.dryRun === true });
      if (options.json) printJson(io, result);
      else printChanges(io, result);
    },
  ).option('--dry-run', 'only tell what would change');
}

function readSetting(text: string): GivenSetting {
  const at = text.indexOf('=');
  if (at < 1) throw new BatonError('USAGE', `a setting is KEY=VALUE, got "${text}"`);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}
