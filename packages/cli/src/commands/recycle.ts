import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addClusterCommand, type CommonOptions, parseCount, printJson, printList } from './define.ts';
import { printReceipt, recycleView } from './receipt.ts';

/** `baton recycle`: what became of recycles. */
export function addRecycleCommands(program: Command, io: Io): void {
  const recycle = program.command('recycle').description('recycles and their receipts; "baton pool recycle" begins one');
  addClusterCommand<CommonOptions & { pool?: string; limit?: number }>(
    recycle,
    io,
    {
      usage: 'list',
      about: 'list the receipts of recycles, newest first',
      examples: ['baton recycle list --pool shop', 'baton recycle list --limit 5 --json'],
    },
    async (client, options) => printList(io, options, await client.recycles({ pool: options.pool, limit: options.limit }), recycleView),
  )
    .option('--pool <pool>', 'of this pool only')
    .option('--limit <count>', 'at most so many', parseCount);
  addClusterCommand(
    recycle,
    io,
    {
      usage: 'show <id>',
      about: 'show the receipt of a recycle: its phases, and what became of the requests that were there',
      examples: ['baton recycle show recycle-3-12', 'baton recycle show recycle-3-12 --json'],
    },
    async (client, options, [id]) => {
      const receipt = await client.recycle(id!);
      if (options.json) printJson(io, receipt);
      else printReceipt(io, receipt);
    },
  );
}
