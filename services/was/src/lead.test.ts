import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BatonError } from '@baton/core';
import { openRedis, Store, startTestRedis } from '@baton/store';
import { createLogger } from '@baton/telemetry';
import { newCluster } from './cluster/cluster.ts';
import { Lead } from './lead.ts';

async function takeLead(t: TestContext) {
  const server = await startTestRedis();
  const redis = openRedis(server.url, { name: 'lead-test' });
  t.after(async () => {
    redis.disconnect();
    await server.close();
  });
  const replaced: string[] = [];
  const lead = await Lead.take({
    redis,
    store: new Store(redis, 'c'),
    clusterId: 'c',
    holder: 'was-1',
    log: createLogger('was', { level: 'silent' }),
    cluster: newCluster('c'),
    onReplaced: (cause) => replaced.push(cause),
  });
  return { redis, lead, replaced };
}

test('writes that were under way while this leader raised its own epoch are written again, and nobody has replaced it', async (t) => {
  const { redis, lead, replaced } = await takeLead(t);
  await redis.flushall();
  const writes = Array.from({ length: 20 }, (_, n) => lead.fenced((store) => store.setServing(`shop/${n + 1}`, `w${n}`)));
  // Fails with the epoch that is raised meanwhile, as a script does that Redis had to be sent whole.
  const late = lead.fenced(async (store) => {
    const sent = store.epoch;
    if (sent === 1) {
      await Promise.all(writes);
      throw new BatonError('STALE_EPOCH', `refused, epoch ${lead.epoch} leads`, { details: { epoch: lead.epoch } });
    }
    return sent;
  });
  assert.equal(await late, lead.epoch);
  assert.ok(lead.epoch > 1);
  assert.deepEqual(replaced, []);
});

test('a write that another leader refuses ends this one', async (t) => {
  const { redis, lead, replaced } = await takeLead(t);
  await redis.set((await redis.keys('*epoch*'))[0]!, 9);
  await assert.rejects(
    lead.fenced((store) => store.setServing('shop/1', 'w1')),
    { code: 'STALE_EPOCH' },
  );
  assert.equal(replaced.length, 1);
});
