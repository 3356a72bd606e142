import { type AdminClient, type Recycle, type RecycleRefusal, waitForRecycle } from '@baton/admin';
import { BatonError } from '@baton/core';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { formatCount } from '../output/units.ts';
import { addClusterCommand, type CommonOptions, printJson } from './define.ts';
import { printReceipt } from './receipt.ts';

interface RecycleOptions extends CommonOptions {
  readonly reason?: string;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

/** `baton pool recycle`: replaces the workers of a pool while they serve. */
export function addPoolRecycleCommand(pool: Command, io: Io): void {
  addClusterCommand<RecycleOptions>(
    pool,
    io,
    {
      usage: 'recycle <pool>',
      about: 'replace the workers of a pool: new ones take over, the old ones finish what they have; a recycle that runs already is joined',
      examples: [
        'baton pool recycle shop --wait',
        'baton pool recycle shop --reason "new certificates"',
        'baton pool recycle shop --dry-run',
      ],
    },
    async (client, options, [name]) => {
      const { recycleIds, holds, refusals } = await client.recyclePool(name!, {
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        dryRun: options.dryRun === true,
      });
      if (options.dryRun) tellHolds(io, options, name!, holds);
      else if (options.wait) failWith(await waitForAll(client, io, options, name!, recycleIds), refusals);
      else {
        await tellBegun(client, io, options, name!, recycleIds);
        failWith([], refusals);
      }
    },
  )
    .option('--reason <text>', 'why, for receipts and events')
    .option('--wait', 'until the old processes are gone, then print a receipt for each slot')
    .option('--dry-run', 'only tell what would hold it');
}

function tellHolds(io: Io, options: CommonOptions, pool: string, holds: readonly string[]): void {
  if (options.json) printJson(io, { pool, holds });
  else if (holds.length === 0) io.out(`nothing would hold a recycle of pool ${pool}\n`);
  else for (const hold of holds) io.out(`${hold}\n`);
}

async function tellBegun(client: AdminClient, io: Io, options: CommonOptions, pool: string, ids: readonly string[]): Promise<void> {
  if (options.json) printJson(io, await Promise.all(ids.map((id) => client.recycle(id))));
  else if (ids.length === 0) tellIdle(io, pool);
  else io.out(`pool ${pool} recycles: ${ids.join(', ')}; see "baton recycle show ${ids[0]}"\n`);
}

async function waitForAll(
  client: AdminClient,
  io: Io,
  options: CommonOptions,
  pool: string,
  ids: readonly string[],
): Promise<readonly Recycle[]> {
  const receipts = await Promise.all(ids.map((id) => waitForRecycle(client, id)));
  if (options.json) printJson(io, receipts);
  else if (receipts.length === 0) tellIdle(io, pool);
  else {
    receipts.forEach((receipt, index) => {
      if (index > 0) io.out('\n');
      printReceipt(io, receipt);
    });
  }
  return receipts;
}

const tellIdle = (io: Io, pool: string): void => io.out(`pool ${pool} has no worker: nothing to recycle\n`);

/** What failed and what was refused make the command fail: not every slot has a new worker. */
function failWith(receipts: readonly Recycle[], refusals: readonly RecycleRefusal[]): void {
  const failed = receipts.filter(({ outcome }) => outcome === 'failed');
  const refused = refusals.map(({ slot, message }) => `${slot}: ${message}`).join('; ');
  const alsoRefused = `${formatCount(refusals.length, 'slot')} refused: ${refused}`;
  if (failed.length > 0) {
    const why = failed.map(({ slot, failure }) => `${slot}: ${failure || 'no cause was told'}`).join('; ');
    const text = `${formatCount(failed.length, 'recycle')} of ${receipts.length} failed: ${why}`;
    throw new BatonError('RECYCLE_FAILED', refusals.length > 0 ? `${text}; ${alsoRefused}` : text);
  }
  if (refusals.length > 0) throw new BatonError('RECYCLE_REFUSED', alsoRefused);
}
