import { dirname } from 'node:path';
import type { ApplyResult } from '@baton/admin';
import type { Command } from 'commander';
import { placeEntries } from '../cluster/place-entries.ts';
import { readConfig } from '../cluster/read-config.ts';
import type { Io } from '../io.ts';
import { formatTable } from '../output/table.ts';
import { formatCount } from '../output/units.ts';
import { addClusterCommand, type CommonOptions, printJson } from './define.ts';

/** `baton apply`: makes a file the configuration of the cluster. */
export function addApplyCommand(program: Command, io: Io): void {
  addClusterCommand<CommonOptions & { file: string; dryRun?: boolean }>(
    program,
    io,
    {
      usage: 'apply',
      about: 'make a baton.yaml the configuration of the cluster',
      examples: ['baton apply -f baton.yaml', 'baton apply -f baton.yaml --dry-run'],
    },
    async (client, options, _args, appRoot) => {
      const request = readApplyRequest(options.file, io, appRoot);
      const result = await client.applyConfig({ ...request, dryRun: options.dryRun === true });
      if (options.json) printJson(io, result);
      else printChanges(io, result);
    },
  )
    .requiredOption('-f, --file <file>', 'the file')
    .option('--dry-run', 'only tell what would change');
}

/** A file, validated, as the cluster takes it. `appRoot`: of a cluster on this machine. */
export function readApplyRequest(file: string, io: Io, appRoot: string | undefined): { yaml: string; file: string } {
  const { text, path, config } = readConfig(file, io);
  return { yaml: appRoot === undefined ? text : placeEntries(text, config, { folder: dirname(path), appRoot, file }), file: path };
}

export function printChanges(io: Io, { changes, applied, recyclingPools }: ApplyResult): void {
  io.out(
    formatTable(
      io,
      changes,
      [
        { title: 'CHANGE', text: ({ action }) => action },
        { title: 'WHAT', text: ({ path }) => path },
        { title: 'FROM', text: ({ from }) => shorten(from) },
        { title: 'TO', text: ({ to }) => shorten(to) },
        { title: 'TAKES EFFECT', text: ({ effect }) => effect },
      ],
      'nothing to change',
    ),
  );
  if (changes.length > 0) io.out(`${formatCount(changes.length, 'change')} ${applied ? 'applied' : 'not applied'}\n`);
  if (recyclingPools.length > 0)
    io.out(`${applied ? 'recycling slot by slot' : 'would recycle slot by slot'}: ${recyclingPools.join(', ')}\n`);
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
