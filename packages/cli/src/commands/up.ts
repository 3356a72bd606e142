import { BatonError } from '@baton/core';
import { type Command, InvalidArgumentError } from 'commander';
import { resolveDataDir } from '../cluster/find.ts';
import type { Io } from '../io.ts';
import type { UpOptions } from '../up/options.ts';
import { addCommand } from './define.ts';

const MOST = 64;

/** One Ctrl-C can arrive several times: from the terminal, from npm and from the launcher. */
const SAME_KEYSTROKE_MS = 250;

/** `baton up`: a cluster on this machine. */
export function addUpCommand(program: Command, io: Io): void {
  addCommand(program, {
    usage: 'up [app]',
    about: 'run a cluster on this machine, with one app or with a baton.yaml, until Ctrl-C',
    examples: ['baton up ./server.js --port 3000', 'baton up --config baton.yaml --hosts 2 --spares 1'],
  })
    .option('--config <file>', 'configuration (default: baton.yaml, unless an app is given)')
    .option('--port <port>', 'port of the app, 0 = a free one (default: 8080)', parsePort)
    .option('--admin-port <port>', 'port of the admin API, 0 = a free one (default: that of the configuration, 8081)', parsePort)
    .option('--hosts <count>', 'worker hosts', parseCount(1), 1)
    .option('--adapters <count>', 'adapters; two or more share the public ports', parseCount(1), 1)
    .option('--was <count>', 'replicas of WAS; only 1 for now', parseCount(1), 1)
    .option('--spares <count>', 'processes each host keeps loaded for the next start', parseCount(0), 0)
    .option('--redis <url>', 'a Redis to use: redis://…, rediss://… or unix:/path (default: one of its own)', parseRedis)
    .option('--app-root <dir>', 'where the apps are; entries begin there (default: the folder of the configuration or the app)')
    .option('--access-log <file>', 'JSON access log of the adapters: a file, - or off')
    .action(async (app: string | undefined, given: Omit<UpOptions, 'app' | 'dataDir'> & { dataDir?: string }) => {
      if (given.was > 1) throw new BatonError('NOT_SUPPORTED_YET', `--was ${given.was} is not supported yet`, { hint: 'Leave it at 1' });
      const options: UpOptions = {
        ...given,
        ...(app !== undefined && { app }),
        dataDir: resolveDataDir(given, io),
        json: given.json === true,
      };
      await runInForeground(options, io);
    });
}

async function runInForeground(options: UpOptions, io: Io): Promise<void> {
  process.title = 'baton up';
  const orderly = new AbortController();
  const immediate = new AbortController();
  let orderedAt = 0;
  const onSignal = (name: string) => {
    if (!orderly.signal.aborted) orderedAt = Date.now();
    else if (Date.now() - orderedAt < SAME_KEYSTROKE_MS) return;
    (orderly.signal.aborted ? immediate : orderly).abort(name);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // bin/baton.mjs, running under another Node, holds the other end. Unreferenced, so that a refusal ends this process.
  if (process.channel) process.on('disconnect', () => onSignal('the launcher is gone'));
  process.channel?.unref();
  // Redis is needed by this command alone.
  const { runUp } = await import('../up/run-up.ts');
  const wasOrderly = await runUp(options, io, { orderly: orderly.signal, immediate: immediate.signal });
  process.exit(wasOrderly ? 0 : 130);
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return Number(text);
}

function parseCount(least: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!/^\d{1,4}$/.test(text) || count < least || count > MOST)
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${MOST}.`);
    return count;
  };
}

function parseRedis(text: string): string {
  if (!/^(rediss?:\/\/[^/\s]|unix:\/)/.test(text))
    throw new InvalidArgumentError('Expected redis://HOST:PORT, rediss://HOST:PORT or unix:/PATH.');
  return text;
}
