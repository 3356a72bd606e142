import type { AppConfig, PoolConfig } from './parse.ts';
import { type Binding, PROTOCOLS } from './schema/binding.ts';

/** What a process is told of the bindings of one app: whose `listen` takes which, and which work it is given. Each list is in a fixed order. */
export interface AppBindings {
  /** Of http and https bindings. */
  readonly ports: readonly number[];
  /** Of tcp and tls bindings. */
  readonly tcpPorts: readonly number[];
  /** Names of queues. */
  readonly queues: readonly string[];
  /** Bindings of other protocols, as written. */
  readonly otherBindings: readonly string[];
}

/** Ports stay in the order of the file: the first is what the app finds in PORT. */
export function appBindings(bindings: readonly Binding[]): AppBindings {
  const ports = (protocol: string) => [...new Set(bindings.filter((one) => one.protocol === protocol).map(({ port }) => port))];
  return {
    ports: ports('http'),
    tcpPorts: ports('tcp'),
    queues: bindings.flatMap(({ queue }) => queue ?? []).sort(),
    otherBindings: bindings.flatMap(({ protocol, text }) => (PROTOCOLS.some((ours) => ours === protocol) ? [] : [text])).sort(),
  };
}

/**
 * What a worker process is given when it starts; it keeps it until it ends, so a change of any of it recycles the pool.
 *
 * - Everything else of a pool or an app is kept by WAS and the adapters and acts in place.
 */
export interface ProcessSettings {
  readonly identity: string;
  readonly idleTimeoutMs: number;
  readonly startupTimeLimitMs: number;
  readonly shutdownTimeLimitMs: number;
  readonly environmentVariables: PoolConfig['environmentVariables'];
  /** Left out at its defaults. */
  readonly threadPool?: PoolConfig['threadPool'];
  readonly apps: readonly (AppBindings & {
    readonly name: string;
    readonly entry: string;
    readonly version?: string;
    readonly preload?: readonly string[];
    readonly modules?: readonly string[];
  })[];
}

/** Of a pool with the apps it hosts; keys and lists are in a fixed order, so that equal settings have equal JSON. */
export function processSettings(
  {
    identity,
    processModel,
    environmentVariables,
    threadPool,
  }: Pick<PoolConfig, 'identity' | 'processModel' | 'environmentVariables' | 'threadPool'>,
  apps: readonly AppConfig[],
): ProcessSettings {
  const { idleTimeoutMs, startupTimeLimitMs, shutdownTimeLimitMs } = processModel;
  return {
    identity,
    idleTimeoutMs,
    startupTimeLimitMs,
    shutdownTimeLimitMs,
    environmentVariables: Object.fromEntries(Object.entries(environmentVariables).sort(([a], [b]) => (a < b ? -1 : 1))),
    // a cluster whose settings were kept by the release before does not recycle for what it did not have
    ...(threadPool.maxPoolThreads + threadPool.poolThreadLimit === 0 ? {} : { threadPool }),
    apps: apps.map(({ name, entry, version, preload, modules, bindings }) => ({
      name,
      entry,
      ...(version === undefined ? {} : { version }),
      ...(preload.length === 0 ? {} : { preload }),
      ...(modules.length === 0 ? {} : { modules }),
      ...appBindings(bindings),
    })),
  };
}
