import type { Pool } from '@baton/admin';
import { formatDuration } from '@baton/config';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addClusterCommand, printFacts, printJson, printList } from './define.ts';
import { addPoolRecycleCommand } from './pool-recycle.ts';
import { addPoolSetCommand } from './pool-set.ts';
import { describeRollout, poolView } from './views.ts';

/** `baton pool`: list, show, start, stop, set and recycle application pools. */
export function addPoolCommands(program: Command, io: Io): void {
  const pool = program.command('pool').description('application pools');
  addClusterCommand(
    pool,
    io,
    { usage: 'list', about: 'list the pools', examples: ['baton pool list', 'baton pool list --json'] },
    async (client, options) => {
      printList(io, options, await client.pools(), poolView);
    },
  );
  addClusterCommand(
    pool,
    io,
    { usage: 'show <pool>', about: 'show a pool and its settings', examples: ['baton pool show shop'] },
    async (client, options, [name]) => show(io, options.json, await client.pool(name!)),
  );
  addClusterCommand(
    pool,
    io,
    { usage: 'start <pool>', about: 'start a stopped pool', examples: ['baton pool start shop'] },
    async (client, options, [name]) => told(io, options.json, await client.startPool(name!)),
  );
  addClusterCommand(
    pool,
    io,
    {
      usage: 'stop <pool>',
      about: 'stop a pool: its workers drain, new requests get 503 POOL_STOPPED',
      examples: ['baton pool stop shop'],
    },
    async (client, options, [name]) => told(io, options.json, await client.stopPool(name!)),
  );
  addPoolSetCommand(pool, io);
  addPoolRecycleCommand(pool, io);
}

function told(io: Io, json: boolean | undefined, pool: Pool): void {
  if (json) printJson(io, pool);
  else io.out(`pool ${pool.name} is ${pool.state}\n`);
}

function show(io: Io, json: boolean | undefined, pool: Pool): void {
  if (json) {
    printJson(io, pool);
    return;
  }
  printFacts(io, [
    ['pool', pool.name],
    ['state', pool.cause ? `${pool.state} (${pool.cause})` : pool.state],
    ...(pool.recycles.length > 0 ? [['recycling', pool.recycles.join(', ')] as const] : []),
    ...(pool.rollout ? [['rollout', describeRollout(pool.rollout)] as const] : []),
    ['apps', pool.apps.join(', ')],
    ['workers', `${pool.workers} of ${pool.maxProcesses}`],
    ['waiting', String(pool.parked)],
    ['in flight', String(pool.inFlight)],
    ['requests', String(pool.requestsTotal)],
    ...flatten(pool.settings, ''),
  ]);
}

/** Settings as "processModel.idleTimeout  20m". */
function flatten(settings: Readonly<Record<string, unknown>>, path: string): [string, string][] {
  return Object.entries(settings).flatMap(([key, value]): [string, string][] => {
    if (path === '' && key === 'name') return [];
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && key !== 'environmentVariables')
      return flatten(value as Record<string, unknown>, `${path}${key}.`);
    if (key.endsWith('Ms') && typeof value === 'number') return [[`${path}${key.slice(0, -2)}`, formatDuration(value)]];
    if (key === 'environmentVariables') return [[`${path}${key}`, Object.keys(value ?? {}).join(', ')]];
    return [[`${path}${key}`, Array.isArray(value) ? value.join(', ') : String(value)]];
  });
}
