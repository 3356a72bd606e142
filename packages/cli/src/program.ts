import { Command } from 'commander';
import { addApplyCommand } from './commands/apply.ts';
import { addConfigCommands } from './commands/config.ts';
import { addLaterCommand } from './commands/define.ts';
import { addEventCommands } from './commands/event.ts';
import { addKeysCommands } from './commands/keys.ts';
import { addAppCommands, addChannelCommands, addHostCommands, addWorkerCommands } from './commands/lists.ts';
import { addPoolCommands } from './commands/pool.ts';
import { addRecycleCommands } from './commands/recycle.ts';
import { addStatusCommand } from './commands/status.ts';
import { addUpCommand } from './commands/up.ts';
import type { Io } from './io.ts';
import { type ExitCode, reportFailure } from './output/failure.ts';
import { VERSION } from './version.ts';

/** Runs one command line (without the program's name) and returns its exit code. */
export async function runCommandLine(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await buildProgram(io).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return reportFailure(io, error);
  }
}

function buildProgram(io: Io): Command {
  const program = new Command('baton')
    .description('Application pools for Node: listeners that never close, workers that come and go behind them.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) =>
        write(
          `USAGE: ${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\n+/g, ' ')
            .replace(/[.]*$/, '.')} See --help\n`,
        ),
    })
    .exitOverride()
    .addHelpText('after', '\nExamples:\n  $ baton up ./server.js\n  $ baton status\n  $ baton wp list --json');
  addUpCommand(program, io);
  addStatusCommand(program, io);
  addApplyCommand(program, io);
  addConfigCommands(program, io);
  addPoolCommands(program, io);
  addAppCommands(program, io);
  addWorkerCommands(program, io);
  addHostCommands(program, io);
  addChannelCommands(program, io);
  addKeysCommands(program, io);
  addRecycleCommands(program, io);
  addEventCommands(program, io);
  const request = program.command('request').description('requests in flight (not supported yet)');
  addLaterCommand(request, 'list', 'list requests in flight');
  addLaterCommand(request, 'cancel <id>', 'cancel a request');
  return program;
}
