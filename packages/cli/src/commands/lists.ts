import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addClusterCommand, addLaterCommand, type CommonOptions, printFacts, printJson, printList } from './define.ts';
import { appView, channelView, hostView, workerView } from './views.ts';

/** `baton app`: list and show. */
export function addAppCommands(program: Command, io: Io): void {
  const app = program.command('app').description('applications');
  addClusterCommand(
    app,
    io,
    { usage: 'list', about: 'list the apps with their URLs', examples: ['baton app list'] },
    async (client, options) => printList(io, options, await client.apps(), appView),
  );
  addClusterCommand(
    app,
    io,
    { usage: 'show <app>', about: 'show an app', examples: ['baton app show shop'] },
    async (client, options, [name]) => {
      const found = await client.app(name!);
      if (options.json) {
        printJson(io, found);
        return;
      }
      printFacts(io, [
        ['app', found.name],
        ['pool', found.pool],
        ['entry', found.entry],
        ['version', found.version],
        ['bindings', found.bindings.join(' ')],
        ['urls', found.urls.join(' ')],
      ]);
    },
  );
}

/** `baton wp`: worker processes. */
export function addWorkerCommands(program: Command, io: Io): void {
  const wp = program.command('wp').description('worker processes');
  addClusterCommand<CommonOptions & { pool?: string }>(
    wp,
    io,
    { usage: 'list', about: 'list the worker processes', examples: ['baton wp list', 'baton wp list --pool shop --json'] },
    async (client, options) => printList(io, options, await client.workers({ pool: options.pool }), workerView),
  ).option('--pool <pool>', 'of this pool only');
}

/** `baton host`: worker hosts. */
export function addHostCommands(program: Command, io: Io): void {
  const host = program.command('host').description('worker hosts');
  addClusterCommand(host, io, { usage: 'list', about: 'list the worker hosts', examples: ['baton host list'] }, async (client, options) =>
    printList(io, options, await client.hosts(), hostView),
  );
  addLaterCommand(host, 'drain <host>', 'move the workers of a host elsewhere');
  addLaterCommand(host, 'resume <host>', 'let a drained host take workers again');
}

/** `baton channel`: listener channels. */
export function addChannelCommands(program: Command, io: Io): void {
  const channel = program.command('channel').description('listener channels');
  addClusterCommand(
    channel,
    io,
    { usage: 'list', about: 'list the open listener channels', examples: ['baton channel list'] },
    async (client, options) => printList(io, options, await client.channels(), channelView),
  );
}
