import type { AdminClient } from '@baton/admin';
import { BatonError } from '@baton/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ClusterOptions, findCluster } from '../cluster/find.ts';
import type { Io } from '../io.ts';
import { type Column, formatTable } from '../output/table.ts';

/** What every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly dataDir?: string;
}

export interface CommandText {
  /** Name and arguments: "show <pool>". */
  readonly usage: string;
  readonly about: string;
  /** Lines a user could type. */
  readonly examples: readonly string[];
}

/** Adds a command with `--json`, `--data-dir` and examples in its help. */
export function addCommand(parent: Command, { usage, about, examples }: CommandText): Command {
  const command = parent
    .command(usage)
    .description(about)
    .option('--json', 'print JSON')
    .addOption(new Option('--data-dir <dir>', 'data directory of the cluster (default: .baton)').env('BATON_DATA_DIR'));
  command.addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
  return command;
}

/** Adds a command that talks to a cluster. */
export function addClusterCommand<O extends CommonOptions & ClusterOptions>(
  parent: Command,
  io: Io,
  text: CommandText,
  run: (client: AdminClient, options: O, args: readonly string[], appRoot: string | undefined) => Promise<void>,
): Command {
  return addCommand(parent, text)
    .addOption(new Option('--was-url <url>', 'admin address of the cluster').env('BATON_WAS_URL'))
    .addOption(new Option('--token <token>', 'bearer token of the admin API (default: env BATON_TOKEN, else that of cluster.json)'))
    .action(async (...input: unknown[]) => {
      const command = input.at(-1) as Command;
      const options = command.opts<O>();
      const { client, appRoot } = findCluster(options, io);
      await run(client, options, command.args, appRoot);
    });
}

/** Prints a value as the one JSON document of a command. */
export function printJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}

export interface ListView<T> {
  readonly columns: readonly Column<T>[];
  /** Said when there is nothing to list. */
  readonly empty: string;
}

/** Prints a list as a table or as a JSON array. */
export function printList<T>(io: Io, options: CommonOptions, items: readonly T[], view: ListView<T>): void {
  if (options.json) printJson(io, items);
  else io.out(formatTable(io, items, view.columns, view.empty));
}

/** Prints one thing as aligned "key  value" lines. */
export function printFacts(io: Io, facts: readonly (readonly [string, string])[]): void {
  const width = Math.max(...facts.map(([key]) => key.length));
  for (const [key, value] of facts) io.out(`${key.padEnd(width)}  ${value || '-'}\n`);
}

/** Reads a number of things to list. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.');
  return Number(text);
}

/** Adds a command of contract.md that a later release fills; it says so and fails. */
export function addLaterCommand(parent: Command, usage: string, about: string): void {
  parent
    .command(usage)
    .description(`${about} (not supported yet)`)
    .allowUnknownOption()
    .allowExcessArguments()
    .option('--json', 'print JSON')
    .action((...input: unknown[]) => {
      const command = input.at(-1) as Command;
      const name = `${command.parent?.name() === 'baton' ? '' : `${command.parent?.name()} `}${command.name()}`;
      throw new BatonError('NOT_SUPPORTED_YET', `"baton ${name}" is not supported yet`, { hint: 'See "baton --help" for what there is' });
    });
}
