import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { ChannelScheme } from '@baton/adapter-kit';
import { BatonError } from '@baton/core';
import { addressOf } from '@baton/store';

/** Protocols that an adapter process can serve. */
export const ADAPTER_PROTOCOLS = ['http', 'tcp', 'queue'] as const;
export type AdapterProtocol = (typeof ADAPTER_PROTOCOLS)[number];

/** Settings of an adapter: flag, else environment, else default. */
export interface AdapterConfig {
  readonly id: string;
  /** "host:port", tried in turn. */
  readonly was: readonly string[];
  readonly advertise: string;
  readonly grpcPort: number;
  /** "off": no lanes, workers use gRPC. */
  readonly lanePort: number | 'off';
  readonly probePort: number;
  readonly probeHost: string;
  readonly reusePort: boolean;
  readonly accessLog: string;
  /** What it listens for, each registered with WAS by itself. */
  readonly protocols: readonly AdapterProtocol[];
  /** One channel of a protocol for each pool, or for each of its applications. */
  readonly channelPer: ChannelScheme;
  /** "redis://…", "rediss://…" or "unix:/path" of the queues that name no other; empty: they have none. */
  readonly redisUrl: string;
  readonly secret: string;
  /** Longest time the requests in flight may take to end at shutdown, ms. */
  readonly drainLimitMs: number;
}

/** Every flag: its environment variable, its default, what it means. The secret has no flag: arguments can be read by everybody. */
export const FLAGS = {
  id: {
    env: 'BATON_ID',
    fallback: '',
    help: 'name of this adapter, unique in the cluster; a process started anew needs a new one (default: random)',
  },
  was: { env: 'BATON_WAS', fallback: '127.0.0.1:7070', help: 'HOST:PORT of WAS, several with commas' },
  advertise: { env: 'BATON_ADVERTISE', fallback: '127.0.0.1', help: 'name or address under which workers reach this adapter' },
  'grpc-port': { env: 'BATON_GRPC_PORT', fallback: '0', help: "port of workers' channels; 0: a free one" },
  'lane-port': { env: 'BATON_LANE_PORT', fallback: '0', help: 'port of the channels\' lanes, plain TCP beside gRPC; 0: a free one; "off"' },
  'probe-port': { env: 'BATON_PROBE_PORT', fallback: '0', help: 'port of /livez /readyz /metrics; 0: a free one' },
  'probe-host': { env: 'BATON_PROBE_HOST', fallback: '127.0.0.1', help: 'address of the probe port' },
  'access-log': { env: 'BATON_ACCESS_LOG', fallback: '-', help: 'file of the access log; "-": stdout; "off"' },
  protocols: {
    env: 'BATON_PROTOCOLS',
    fallback: ADAPTER_PROTOCOLS.join(','),
    help: 'what it listens for, with commas; http is always among them',
  },
  'channel-per': {
    env: 'BATON_CHANNEL_PER',
    fallback: 'pool',
    help: 'whether a "pool" has a channel of each protocol, or each "app" of it one of its own',
  },
  redis: {
    env: 'BATON_REDIS',
    fallback: '',
    help: 'redis://HOST:PORT, rediss://HOST:PORT or unix:/PATH of the BullMQ queues that name no other in baton.yaml',
  },
  'drain-limit': { env: 'BATON_DRAIN_LIMIT', fallback: '90000', help: 'milliseconds that requests in flight get at shutdown' },
} as const;

type Flag = keyof typeof FLAGS;

/** Reads flags and environment; USAGE names the flag, what was expected and what came. */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): AdapterConfig {
  const given = parse(args);
  const text = (flag: Flag): string => (given[flag] as string | undefined) ?? (environment[FLAGS[flag].env] || FLAGS[flag].fallback);
  const id = text('id') || `adapter-${randomUUID().slice(0, 8)}`;
  if (!/^[\w.-]{1,100}$/.test(id)) throw usage('id', 'letters, digits, ".", "_" and "-", at most 100', id);
  const secret = environment.BATON_SECRET ?? '';
  if (secret === '') {
    throw new BatonError('USAGE', "BATON_SECRET is not set: the shared secret of the cluster's services was expected there");
  }
  return Object.freeze({
    id,
    was: addresses(text('was')),
    advertise: text('advertise'),
    grpcPort: count('grpc-port', text('grpc-port'), 65_535),
    lanePort: text('lane-port') === 'off' ? 'off' : count('lane-port', text('lane-port'), 65_535),
    probePort: count('probe-port', text('probe-port'), 65_535),
    probeHost: text('probe-host'),
    reusePort: given['reuse-port'] === true || /^(1|true)$/.test(environment.BATON_REUSE_PORT ?? ''),
    accessLog: text('access-log'),
    protocols: protocols(text('protocols')),
    channelPer: scheme(text('channel-per')),
    redisUrl: redis(text('redis')),
    secret,
    drainLimitMs: count('drain-limit', text('drain-limit'), 86_400_000),
  });
}

function parse(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options: { ...options, 'reuse-port': { type: 'boolean' } }, strict: true }).values;
  } catch (error) {
    throw BatonError.from(error, 'USAGE');
  }
}

function addresses(text: string): readonly string[] {
  const list = text.split(',').map((address) => address.trim());
  for (const address of list) if (!/^\S+:\d{1,5}$/.test(address)) throw usage('was', 'HOST:PORT, several with commas', text);
  return list;
}

function protocols(text: string): readonly AdapterProtocol[] {
  const named = text.split(',').map((name) => name.trim());
  const known = ADAPTER_PROTOCOLS.filter((protocol) => named.includes(protocol));
  if (known.length < new Set(named).size || !known.includes('http'))
    throw usage('protocols', `http, and any of ${ADAPTER_PROTOCOLS.join(', ')} with commas`, text);
  return known;
}

function scheme(text: string): ChannelScheme {
  if (text === 'pool' || text === 'app') return text;
  throw usage('channel-per', 'pool or app', text);
}

function redis(text: string): string {
  if (text === '') return text;
  try {
    addressOf(text);
    return text;
  } catch {
    // Not what came: it may hold a password.
    throw new BatonError('USAGE', `--redis (${FLAGS.redis.env}): expected redis://HOST:PORT, rediss://HOST:PORT or unix:/PATH`);
  }
}

function count(flag: Flag, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > most)
    throw usage(flag, `a whole number from 0 to ${most}`, text);
  return value;
}

function usage(flag: Flag, expected: string, got: string): BatonError {
  return new BatonError('USAGE', `--${flag} (${FLAGS[flag].env}): expected ${expected}, got "${got}"`);
}
