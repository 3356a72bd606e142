import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addClusterCommand, printList } from './define.ts';
import { keyView } from './views.ts';

/** `baton keys`: the keys that sign the identities of workers. */
export function addKeysCommands(program: Command, io: Io): void {
  const keys = program.command('keys').description('keys that sign the identities of workers');
  addClusterCommand(
    keys,
    io,
    { usage: 'list', about: 'list the keys whose signatures are good', examples: ['baton keys list'] },
    async (client, options) => printList(io, options, await client.keys(), keyView),
  );
  addClusterCommand(
    keys,
    io,
    {
      usage: 'rotate',
      about: 'make a new key; the former one checks until the last of its signatures has expired, and nothing that is connected drops',
      examples: ['baton keys rotate', 'baton keys rotate --json'],
    },
    async (client, options) => printList(io, options, await client.rotateKeys(), keyView),
  );
}
