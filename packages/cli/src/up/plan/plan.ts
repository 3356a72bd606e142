import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Config, parseConfig } from '@baton/config';
import { BatonError } from '@baton/core';
import { checkFile, placeEntries } from '../../cluster/place-entries.ts';
import { readConfig } from '../../cluster/read-config.ts';
import type { Io } from '../../io.ts';
import type { UpOptions } from '../options.ts';
import { findAppRoot, writeAppConfig } from './app-config.ts';
import { listAppListens, refuseAdminPortConflict } from './listens.ts';
import { checkPort, type Listen, pickFreePort } from './ports.ts';

/** What `baton up` is going to start, checked as far as that is possible beforehand. */
export interface Plan {
  /** The text to apply, entries as the hosts see them. */
  readonly yaml: string;
  /** Absolute path of baton.yaml or of the app. */
  readonly file: string;
  readonly config: Config;
  readonly appRoot: string;
  readonly admin: Listen;
  readonly listens: readonly Listen[];
  /** The longest shutdownTimeLimit of a pool, ms. */
  readonly shutdownLimitMs: number;
}

const DEFAULT_FILE = 'baton.yaml';
const DEFAULT_PORT = 8080;
/** Of a cluster whose pools are applied later. */
const DEFAULT_SHUTDOWN_MS = 90_000;

/** Reads and checks the configuration: CONFIG_UNREADABLE, CONFIG_INVALID, ENTRY_NOT_FOUND, USAGE. Opens nothing but a port to find a free one. */
export async function makePlan(options: UpOptions, io: Io): Promise<Plan> {
  if (options.app !== undefined && options.config !== undefined) throw new BatonError('USAGE', 'APP and --config exclude each other');
  if (options.app === undefined && options.port !== undefined)
    throw new BatonError('USAGE', '--port is the port of APP; with a configuration file the bindings name the ports');
  const { text, file, config, folder } = options.app === undefined ? readFile(options, io) : await readApp(options.app, options.port, io);
  const entries = config.apps.flatMap(({ entry, modules }) => [entry, ...modules]);
  const appRoot = options.appRoot === undefined ? findAppRoot(folder, entries) : resolve(io.cwd, options.appRoot);
  const yaml = placeEntries(text, config, { folder, appRoot, file });
  const admin: Listen = { ...config.listen.admin, port: options.adminPort ?? config.listen.admin.port, purpose: 'the admin API' };
  const listens = listAppListens(config);
  refuseAdminPortConflict(admin, listens);
  return {
    yaml,
    file,
    config,
    appRoot,
    admin,
    listens,
    shutdownLimitMs:
      config.pools.length === 0 ? DEFAULT_SHUTDOWN_MS : Math.max(...config.pools.map((pool) => pool.processModel.shutdownTimeLimitMs)),
  };
}

/** PORT_TAKEN or PORT_DENIED for the first port of the plan that cannot be had; returns the plan with the admin port picked. */
export async function checkPorts(plan: Plan): Promise<Plan> {
  for (const listen of plan.listens) await checkPort(listen);
  if (plan.admin.port !== 0) await checkPort(plan.admin);
  return { ...plan, admin: { ...plan.admin, port: plan.admin.port || (await pickFreePort(plan.admin.host)) } };
}

interface Source {
  readonly text: string;
  readonly file: string;
  readonly config: Config;
  readonly folder: string;
}

function readFile(options: UpOptions, io: Io): Source {
  if (options.config === undefined && !existsSync(resolve(io.cwd, DEFAULT_FILE)))
    throw new BatonError('USAGE', `neither APP nor --config is given, and there is no ${DEFAULT_FILE} here`);
  const { text, path, config } = readConfig(options.config ?? DEFAULT_FILE, io);
  return { text, file: path, config, folder: dirname(path) };
}

async function readApp(app: string, port: number | undefined, io: Io): Promise<Source> {
  const file = resolve(io.cwd, app);
  checkFile(file, 'the app');
  const folder = dirname(file);
  const text = writeAppConfig(basename(file), port === 0 ? await pickFreePort('') : (port ?? DEFAULT_PORT));
  return { text, file, config: parseConfig(text, { file: app }), folder };
}
