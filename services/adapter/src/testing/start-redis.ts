import { after } from 'node:test';
import { openRedis, startTestRedis, type TestRedis } from '@baton/store';
import type { Redis } from 'ioredis';

/** A Redis of one test file, with a connection to it; both are gone when its tests are over. */
export async function startRedis(options?: Parameters<typeof startTestRedis>[0]): Promise<{ server: TestRedis; redis: Redis }> {
  const server = await startTestRedis(options);
  const redis = openRedis(server.url, { name: 'test' });
  after(async () => {
    redis.disconnect();
    await server.close();
  });
  return { server, redis };
}
