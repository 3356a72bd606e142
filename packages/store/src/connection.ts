import { BatonError, backoffMs, within } from '@baton/core';
import { Redis, type RedisOptions } from 'ioredis';

export interface ConnectOptions {
  /** Name shown by CLIENT LIST. */
  readonly name: string;
  /** Receives one line when the link is lost and when it is back. */
  readonly log?: (line: string) => void;
}

/**
 * Opens a connection to "redis://…", "rediss://…" or "unix:/path".
 *
 * - Returns at once; commands given before the link is up, or while it is down, wait and are sent when it is back: nothing is lost,
 *   so every command sent here must be one that may be sent twice (the Lua files are).
 * - Never gives up; delays grow from 50 ms to 1 s, with jitter.
 * - Fit for BullMQ (no limit of retries per request).
 */
export function openRedis(url: string, { name, log }: ConnectOptions): Redis {
  const options = { ...addressOf(url), ...SHARED, connectionName: name, replyMapping: 'legacy' as const };
  const redis = new Redis(options);
  let isDown = false;
  let reason = 'the link closed';
  redis.on('error', (error) => {
    reason = error.message;
  });
  redis.on('reconnecting', () => {
    if (!isDown) log?.(`Redis does not answer: ${reason}`);
    isDown = true;
  });
  redis.on('ready', () => {
    if (isDown) log?.('Redis is back');
    isDown = false;
  });
  return redis;
}

const SHARED: RedisOptions = {
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  connectTimeout: 2_000,
  keepAlive: 2_000,
  retryStrategy: (times) => backoffMs(times - 1, { firstMs: 50, maxMs: 1_000 }),
  // A replica that was promoted, or a server that still loads: connect again and send the command again.
  reconnectOnError: (error) => (/^(READONLY|LOADING)/.test(error.message) ? 2 : false),
};

/** Options that tell ioredis where the server is. */
export function addressOf(url: string): RedisOptions {
  if (url.startsWith('unix:')) return { path: url.slice('unix:'.length).replace(/^\/\/(?=\/)/, '') };
  const parsed = parse(url);
  return {
    host: parsed.hostname,
    port: Number(parsed.port || 6379),
    ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
    ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
    ...(parsed.pathname.length > 1 ? { db: Number(parsed.pathname.slice(1)) } : {}),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['redis:', 'rediss:'].includes(parsed.protocol)) {
    throw new BatonError('INVALID_ARGUMENT', `a Redis address is "redis://host:port", "rediss://host:port" or "unix:/path", got "${url}"`);
  }
  return parsed;
}

/** Waits until the server answers and checks its version: REDIS_UNREACHABLE or REDIS_TOO_OLD otherwise. */
export async function checkRedis(redis: Redis, limitMs = 10_000): Promise<void> {
  const info = await within(redis.info('server'), limitMs, 'an answer of Redis').catch((error: unknown) => {
    throw new BatonError('REDIS_UNREACHABLE', `Redis did not answer within ${limitMs} ms`, { cause: error });
  });
  const version = /redis_version:(\d+)\.(\d+)/.exec(info);
  const isValkey = /valkey_version:/.test(info);
  const number = version ? Number(version[1]) * 100 + Number(version[2]) : 0;
  if (!isValkey && number < 602)
    throw new BatonError('REDIS_TOO_OLD', `expected Redis 6.2 or later, found ${version?.[0] ?? 'no version'}`);
}
