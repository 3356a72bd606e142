import { printJsonSchema, problemsOf } from '@baton/config';
import type { Command } from 'commander';
import { readConfig } from '../cluster/read-config.ts';
import type { Io } from '../io.ts';
import { formatCount } from '../output/units.ts';
import { printChanges, readApplyRequest } from './apply.ts';
import { addClusterCommand, addCommand, type CommonOptions, printJson } from './define.ts';

const DEFAULT_FILE = 'baton.yaml';

/** `baton config`: check a file, compare it with the cluster, print the JSON schema. */
export function addConfigCommands(program: Command, io: Io): void {
  const config = program.command('config').description('baton.yaml');
  addCommand(config, {
    usage: 'check [file]',
    about: 'show every problem of a file (default: baton.yaml)',
    examples: ['baton config check', 'baton config check deploy/baton.yaml --json'],
  }).action((file: string | undefined, options: CommonOptions) => {
    const { config: valid, path } = readFile(file ?? DEFAULT_FILE, io, options);
    if (options.json) printJson(io, { file: path, valid: true, pools: valid.pools.length, apps: valid.apps.length });
    else io.out(`${file ?? DEFAULT_FILE} is valid: ${formatCount(valid.pools.length, 'pool')}, ${formatCount(valid.apps.length, 'app')}\n`);
  });
  addClusterCommand(
    config,
    io,
    {
      usage: 'diff [file]',
      about: 'what "baton apply" of a file would change (default: baton.yaml)',
      examples: ['baton config diff baton.yaml'],
    },
    async (client, options, [file], appRoot) => {
      const request = readApplyRequest(file ?? DEFAULT_FILE, io, appRoot);
      const result = await client.applyConfig({ ...request, dryRun: true });
      if (options.json) printJson(io, result.changes);
      else printChanges(io, result);
    },
  );
  addCommand(config, {
    usage: 'schema',
    about: 'print the JSON schema of baton.yaml, for editors',
    examples: ['baton config schema > baton.schema.json'],
  }).action(() => io.out(printJsonSchema()));
}

/** Reads the file; with --json its problems are a document on stdout too, beside the lines on stderr. */
function readFile(file: string, io: Io, options: CommonOptions): ReturnType<typeof readConfig> {
  try {
    return readConfig(file, io);
  } catch (error) {
    const problems = problemsOf(error);
    if (options.json && problems.length > 0) printJson(io, { file, valid: false, problems });
    throw error;
  }
}
