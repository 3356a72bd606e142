import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BatonError } from '@baton/core';
import { userName } from './user-name.ts';

/** Settings of a worker host: flag, else environment, else default. */
export interface HostConfig {
  readonly id: string;
  readonly cluster: string;
  /** "host:port", tried in turn. */
  readonly was: readonly string[];
  readonly redis: string;
  readonly advertise: string;
  readonly appRoot: string;
  readonly spares: number;
  readonly capacity: number;
  readonly probePort: number;
  readonly probeHost: string;
  readonly stateDir: string;
  readonly secret: string;
}

/** Every flag: its environment variable, its default, what it means. The secret has no flag: arguments can be read by everybody. */
export const FLAGS = {
  id: { env: 'BATON_ID', fallback: '', help: "name of this host, unique in the cluster; kept over restarts (default: the machine's name)" },
  cluster: { env: 'BATON_CLUSTER', fallback: 'baton', help: 'cluster id' },
  was: { env: 'BATON_WAS', fallback: '127.0.0.1:7070', help: 'HOST:PORT of WAS, several with commas' },
  redis: { env: 'BATON_REDIS', fallback: 'redis://127.0.0.1:6379', help: 'redis://… or unix:/path' },
  advertise: { env: 'BATON_ADVERTISE', fallback: '127.0.0.1', help: 'name or address under which this host is reached' },
  'app-root': { env: 'BATON_APP_ROOT', fallback: '.', help: 'directory of the apps; entries are relative to it and must lie in it' },
  spares: { env: 'BATON_SPARES', fallback: '0', help: 'processes kept loaded for the next start' },
  capacity: { env: 'BATON_CAPACITY', fallback: '64', help: 'worker processes at most' },
  'probe-port': { env: 'BATON_PROBE_PORT', fallback: '0', help: 'port of /livez /readyz /metrics; 0: a free one' },
  'probe-host': { env: 'BATON_PROBE_HOST', fallback: '127.0.0.1', help: 'address of the probe port' },
  'state-dir': {
    env: 'BATON_STATE_DIR',
    fallback: '',
    help: 'where the host notes its children for its next life (default: below the temporary directory)',
  },
} as const;

type Flag = keyof typeof FLAGS;

/** Reads flags and environment; USAGE names the flag, what was expected and what came. */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): HostConfig {
  const given = parse(args);
  const text = (flag: Flag): string => given[flag] ?? (environment[FLAGS[flag].env] || FLAGS[flag].fallback);
  const id = text('id') || hostname();
  const cluster = text('cluster');
  for (const [flag, value] of [
    ['id', id],
    ['cluster', cluster],
  ] as const) {
    if (!/^[\w.-]{1,100}$/.test(value)) throw usage(flag, 'letters, digits, ".", "_" and "-", at most 100', value);
  }
  const secret = environment.BATON_SECRET ?? '';
  if (secret === '')
    throw new BatonError('USAGE', "BATON_SECRET is not set: the shared secret of the cluster's services was expected there");
  return Object.freeze({
    id,
    cluster,
    was: addresses(text('was')),
    redis: text('redis'),
    advertise: text('advertise'),
    appRoot: resolve(text('app-root')),
    spares: count('spares', text('spares'), 0, 1_000),
    capacity: count('capacity', text('capacity'), 1, 10_000),
    probePort: count('probe-port', text('probe-port'), 0, 65_535),
    probeHost: text('probe-host'),
    stateDir: resolve(text('state-dir') || join(tmpdir(), `baton-${userName()}`, cluster, `host-${id}`)),
    secret,
  });
}

function parse(args: readonly string[]): Partial<Record<Flag, string>> {
  const options = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as Partial<Record<Flag, string>>;
  } catch (error) {
    throw BatonError.from(error, 'USAGE');
  }
}

function addresses(text: string): readonly string[] {
  const list = text.split(',').map((address) => address.trim());
  for (const address of list) if (!/^\S+:\d{1,5}$/.test(address)) throw usage('was', 'HOST:PORT, several with commas', text);
  return list;
}

function count(flag: Flag, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw usage(flag, `a whole number from ${least} to ${most}`, text);
  return value;
}

function usage(flag: Flag, expected: string, got: string): BatonError {
  return new BatonError('USAGE', `--${flag} (${FLAGS[flag].env}): expected ${expected}, got "${got}"`);
}
