import type { AppConfig, PoolConfig } from './parse.ts';

/**
 * What a worker process is given when it starts; it keeps it until it ends, so a change of any of it recycles the pool.
 *
 * - Everything else of a pool or an app is kept by WAS and the adapters and acts in place.
 * - Of the bindings a process gets their ports: a `listen` on one of them takes the binding.
 */
export interface ProcessSettings {
  readonly identity: string;
  readonly idleTimeoutMs: number;
  readonly startupTimeLimitMs: number;
  readonly shutdownTimeLimitMs: number;
  readonly environmentVariables: PoolConfig['environmentVariables'];
  readonly apps: readonly {
    readonly name: string;
    readonly entry: string;
    readonly version?: string;
    readonly preload?: readonly string[];
  }[];
  readonly ports: readonly number[];
}

/** Of a pool with the apps it hosts; keys and lists are in a fixed order, so that equal settings have equal JSON. */
export function processSettings(
  { identity, processModel, environmentVariables }: Pick<PoolConfig, 'identity' | 'processModel' | 'environmentVariables'>,
  apps: readonly AppConfig[],
): ProcessSettings {
  const { idleTimeoutMs, startupTimeLimitMs, shutdownTimeLimitMs } = processModel;
  const ports = new Set(apps.flatMap(({ bindings }) => bindings.map(({ port }) => port)));
  return {
    identity,
    idleTimeoutMs,
    startupTimeLimitMs,
    shutdownTimeLimitMs,
    environmentVariables: Object.fromEntries(Object.entries(environmentVariables).sort(([a], [b]) => (a < b ? -1 : 1))),
    apps: apps.map(({ name, entry, version, preload }) => ({
      name,
      entry,
      ...(version === undefined ? {} : { version }),
      ...(preload.length === 0 ? {} : { preload }),
    })),
    ports: [...ports].sort((a, b) => a - b),
  };
}
