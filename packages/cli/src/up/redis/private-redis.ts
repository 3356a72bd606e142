import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatonError, sleep } from '@baton/core';
import type { ProcessSpec } from '../supervise/spec.ts';
import { checkRedis, type RedisFacts } from './check-redis.ts';

const GUARD = fileURLToPath(new URL('../../../bin/guard.sh', import.meta.url));

export interface PrivateRedisOptions {
  /** Path of the server. */
  readonly server: string;
  readonly dataDir: string;
  readonly socketPath: string;
  readonly lifelinePath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The cluster's own Redis: no TCP port, a socket that only this user may open, an append-only file in the data directory. */
export function describePrivateRedis({ server, dataDir, socketPath, lifelinePath, env }: PrivateRedisOptions): ProcessSpec {
  const folder = join(dataDir, 'redis');
  const flags = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    'protected-mode': 'yes',
    daemonize: 'no',
    logfile: '',
  };
  return {
    key: 'redis',
    command: '/bin/sh',
    args: () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return [GUARD, lifelinePath, server, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
    },
    env: { PATH: env.PATH, LANG: env.LANG, TZ: env.TZ, HOME: env.HOME, BATON_DATA_DIR: dataDir },
    hasIpc: false,
    awaitReady: async (_child, signal) => {
      const { pid } = await answers(socketPath, signal);
      return { ports: {}, pid };
    },
  };
}

async function answers(socketPath: string, signal: AbortSignal): Promise<RedisFacts> {
  for (;;) {
    try {
      if (existsSync(socketPath)) return await checkRedis(`unix:${socketPath}`, 'baton:probe', signal);
    } catch (error) {
      if (!(error instanceof BatonError) || error.code !== 'REDIS_UNREACHABLE') throw error;
    }
    await sleep(20, signal);
  }
}
