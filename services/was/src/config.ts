import { parseArgs } from 'node:util';
import { BatonError, listenHostFor } from '@baton/core';

/** What a WAS process is told. Flag `--grpc-port`, or the environment variable `BATON_GRPC_PORT`, is `grpcPort` here. */
export interface WasConfig {
  /** Name of this replica: the holder of the lease. @default "was" */
  readonly id: string;
  readonly clusterId: string;
  /** "redis://host:port", "rediss://…" or "unix:/path" */
  readonly redis: string;
  /** Host under which hosts and adapters reach this service. @default "127.0.0.1" */
  readonly advertise: string;
  /** Address on which gRPC and probes listen: loopback when that is advertised, else every one. */
  readonly listenHost: string;
  /** 0 = any free one. @default 0 */
  readonly grpcPort: number;
  /** @default 8081 */
  readonly adminPort: number;
  /** @default "127.0.0.1" */
  readonly adminHost: string;
  /** @default 0 */
  readonly probePort: number;
  /** How long a worker's identity is good for its first connect, ms. @default 600_000 */
  readonly tokenLifeMs: number;
  /** How long a key signs worker identities before the next one does, ms. @default 43_200_000 (12 h) */
  readonly keyLifeMs: number;
  /** Shared secret of the cluster's services: BATON_SECRET. */
  readonly secret: string;
  /** Bearer token of the admin API: BATON_TOKEN. */
  readonly token: string;
}

/** A token is for the first connect only, so it need not outlive its order by much. */
const TOKEN_LIFE_MS = 600_000;
const MOST_TOKEN_LIFE_MS = 86_400_000;
const KEY_LIFE_MS = 12 * 3_600_000;
const MOST_KEY_LIFE_MS = 30 * 86_400_000;

/** Every flag; its environment variable is BATON_ and the name in capitals. */
export const FLAGS = [
  'id',
  'cluster',
  'redis',
  'advertise',
  'grpc-port',
  'admin-port',
  'admin-host',
  'probe-port',
  'token-life',
  'key-life',
] as const;
type Flag = (typeof FLAGS)[number];

/** Reads flags, then the environment, then the defaults. Secrets come from the environment only, where `ps` does not show them. */
export function readWasConfig(args: readonly string[], env: NodeJS.ProcessEnv): WasConfig {
  const flags = parse(args);
  const given = (name: Flag) => flags[name] ?? env[`BATON_${name.toUpperCase().replaceAll('-', '_')}`];
  const needed = (name: Flag) => given(name) || missing(`--${name}`);
  const port = (name: Flag, byDefault: number) => {
    const value = Number(given(name) ?? byDefault);
    if (!Number.isInteger(value) || value < 0 || value > 65_535)
      throw new BatonError('USAGE', `--${name} is a port from 0 to 65535, got "${given(name)}"`);
    return value;
  };
  const life = (name: Flag, byDefault: number, leastMs: number, mostMs: number) => {
    const value = Number(given(name) ?? byDefault);
    if (!Number.isInteger(value) || value < leastMs || value > mostMs)
      throw new BatonError('USAGE', `--${name} is a time from ${leastMs} to ${mostMs} ms, got "${given(name)}"`);
    return value;
  };
  const advertise = given('advertise') ?? '127.0.0.1';
  return Object.freeze({
    id: given('id') ?? 'was',
    clusterId: needed('cluster'),
    redis: needed('redis'),
    advertise,
    listenHost: listenHostFor(advertise),
    grpcPort: port('grpc-port', 0),
    adminPort: port('admin-port', 8081),
    adminHost: given('admin-host') ?? '127.0.0.1',
    probePort: port('probe-port', 0),
    tokenLifeMs: life('token-life', TOKEN_LIFE_MS, 1_000, MOST_TOKEN_LIFE_MS),
    keyLifeMs: life('key-life', KEY_LIFE_MS, 60_000, MOST_KEY_LIFE_MS),
    secret: env.BATON_SECRET || missing('BATON_SECRET'),
    token: env.BATON_TOKEN || missing('BATON_TOKEN'),
  });
}

function parse(args: readonly string[]): Partial<Record<Flag, string>> {
  try {
    const options = Object.fromEntries(FLAGS.map((flag) => [flag, { type: 'string' as const }]));
    return parseArgs({ args: [...args], options, strict: true }).values as Partial<Record<Flag, string>>;
  } catch (error) {
    throw BatonError.from(error, 'USAGE');
  }
}

function missing(name: string): never {
  throw new BatonError('USAGE', `${name} is required`);
}
