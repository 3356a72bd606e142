import { keepFollowing } from '@baton/admin';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addClusterCommand, type CommonOptions, parseCount, printList } from './define.ts';
import { eventView, formatEventLine } from './views.ts';

/** `baton event`: what happened, and what happens. */
export function addEventCommands(program: Command, io: Io): void {
  const event = program.command('event').description('what happened to pools, workers and hosts');
  addClusterCommand<CommonOptions & { pool?: string; limit?: number }>(
    event,
    io,
    {
      usage: 'list',
      about: 'list the latest events, newest last',
      examples: ['baton event list --pool shop', 'baton event list --limit 20 --json'],
    },
    async (client, options) => printList(io, options, await client.events({ pool: options.pool, limit: options.limit }), eventView),
  )
    .option('--pool <pool>', 'of this pool only')
    .option('--limit <count>', 'at most so many', parseCount);
  addClusterCommand<CommonOptions & { pool?: string }>(
    event,
    io,
    {
      usage: 'follow',
      about: 'print events as they happen, until Ctrl-C; with --json one per line',
      examples: ['baton event follow --json'],
    },
    async (client, options) => {
      const events = keepFollowing(client, {
        pool: options.pool,
        onLost: () => io.err(`${client.url} does not answer any more; trying again\n`),
        onBack: () => io.err('following again\n'),
      });
      for await (const one of events) io.out(`${options.json ? JSON.stringify(one) : formatEventLine(one)}\n`);
    },
  ).option('--pool <pool>', 'of this pool only');
}
