import type { Status } from '@baton/admin';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { colourOfState, paint } from '../output/paint.ts';
import { formatTable } from '../output/table.ts';
import { formatAge, formatCount } from '../output/units.ts';
import { addClusterCommand, printJson } from './define.ts';
import { hostView, poolView, workerView } from './views.ts';

/** `baton status`: one screen. */
export function addStatusCommand(program: Command, io: Io): void {
  addClusterCommand(
    program,
    io,
    { usage: 'status', about: 'one screen: cluster, pools, workers, hosts', examples: ['baton status', 'baton status --json'] },
    async (client, options) => {
      const status = await client.status();
      if (options.json) printJson(io, status);
      else printStatus(io, client.url, status);
    },
  );
}

function printStatus(io: Io, url: string, status: Status): void {
  const state = status.ready ? 'ready' : 'starting';
  const age = status.startedAt ? `, up ${formatAge(Date.now() - Date.parse(status.startedAt))}` : '';
  const redis = status.redisConnected ? '' : paint(io, 'red', ', Redis not connected');
  io.out(
    `cluster ${paint(io, 'bold', status.clusterId)}  ${paint(io, colourOfState(state), state)}${age}  epoch ${status.epoch}${redis}\n`,
  );
  io.out(`admin   ${url}\n`);
  const attached = status.adapters.filter((adapter) => adapter.attached).length;
  io.out(`${formatCount(status.adapters.length, 'adapter')}, ${attached} attached\n\n`);
  io.out(formatTable(io, status.pools, poolView.columns, poolView.empty));
  io.out('\n');
  io.out(formatTable(io, status.workers, workerView.columns, workerView.empty));
  io.out('\n');
  io.out(formatTable(io, status.hosts, hostView.columns, hostView.empty));
}
