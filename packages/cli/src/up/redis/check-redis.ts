import { BatonError, sleep } from '@baton/core';
import { Redis } from 'ioredis';
import { isFitRedis } from './find-server.ts';

export interface RedisFacts {
  /** "Redis 7.0.15" */
  readonly name: string;
  readonly pid: number;
}

/**
 * Connects once and makes sure that a cluster can live in this Redis: REDIS_UNREACHABLE (also when it asks for a password or is read-only),
 * REDIS_TOO_OLD.
 *
 * - `key` is written and removed again.
 * - A server that is still loading its data is waited for.
 */
export async function checkRedis(url: string, key: string, signal: AbortSignal): Promise<RedisFacts> {
  const redis = new Redis(url.replace(/^unix:/, ''), {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    enableReadyCheck: false,
    // The default, 2 s, would keep a command that has failed from ending.
    disconnectTimeout: 50,
  });
  let reason: unknown;
  redis.on('error', (error) => {
    reason = error;
  });
  const stop = () => redis.disconnect();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await redis.connect();
    const facts = readInfo(await redis.info('server'));
    await writeOnce(redis, key, signal);
    return facts;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BatonError) throw error;
    throw new BatonError('REDIS_UNREACHABLE', `${hidePassword(url)} cannot be used: ${messageOf(reason ?? error)}`, { cause: error });
  } finally {
    signal.removeEventListener('abort', stop);
    redis.disconnect();
  }
}

function readInfo(info: string): RedisFacts {
  const value = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  const valkey = value('valkey_version');
  const version = value('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!valkey && !isFitRedis(major, minor))
    throw new BatonError('REDIS_TOO_OLD', `expected Redis 6.2 or later, found ${version || 'no version'}`);
  return { name: valkey ? `Valkey ${valkey}` : `Redis ${version}`, pid: Number(value('process_id') ?? 0) };
}

async function writeOnce(redis: Redis, key: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await redis.set(key, '1', 'PX', 10_000);
      await redis.del(key);
      return;
    } catch (error) {
      if (!/^LOADING/.test(messageOf(error))) throw error;
      await sleep(50, signal);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || ('code' in error ? String(error.code) : error.name) : String(error);
}

/** The URL as it may be shown. */
export function hidePassword(url: string): string {
  return url.replace(/\/\/([^@/]*)@/, '//…@');
}
