import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { poolCreated, StagedWorker } from '@baton/adapter-kit/testing';
import { createIdentityKeys, signIdentity } from '@baton/channel';
import { until, within } from '@baton/core';
import { create, listener } from '@baton/proto';
import type { Adapter } from '../adapter.ts';
import { startAdapter } from '../testing/harness.ts';
import { RawClient } from '../testing/raw-client.ts';
import { openStage } from '../testing/stage.ts';

/** A request that this worker answers. */
async function isServed(client: RawClient, worker: StagedWorker, path: string): Promise<void> {
  client.get(path);
  await worker.hasRead(`begin ${path}`);
  worker.answer(path);
  await client.until(/200 OK[\s\S]*\r\n\r\n$/);
  client.take();
}

/** Changes the identity of pool "shop" to "billing" under a worker of the old one, and cuts its link. */
async function playChange(adapter: Adapter, client: RawClient, change: () => Promise<void>): Promise<void> {
  await using old = await StagedWorker.connect(adapter, 1);
  await isServed(client, old, '/before');
  await change();
  await isServed(client, old, '/with-its-link');
  old.way.cut();
  const refusal = await within(old.ended, 5_000, 'the refusal of the resume');
  assert.equal((refusal as { code?: string }).code, 'CHANNEL_RESUME_EXPIRED');
  await assert.rejects(StagedWorker.connect(adapter, 2), { code: 'CHANNEL_IDENTITY' });
  assert.deepEqual([...adapter.refusals.counts].sort(), [
    ['unknown-session', 1],
    ['wrong-identity', 1],
  ]);
  adapter.instanceGone('shop', 'shop/1', 'w1', 'gone', false);
  await using next = await StagedWorker.connect(adapter, 3, 'activation', 'billing');
  await isServed(client, next, '/after');
  next.way.cut();
  await isServed(client, next, '/resumed');
}

describe('a pool identity that changes', () => {
  it('lets workers of the old one serve until their link is cut, and those of the new one in', async () => {
    await using h = await startAdapter({ isCold: true });
    await playChange(h.adapter, await h.client(), () => {
      assert.equal(h.adapter.addPool('shop', { identity: 'billing' }), h.pool);
      return Promise.resolve();
    });
  });

  it('does so when WAS names the pool again with another one', async () => {
    await using t = await openStage();
    const { adapter } = t.service;
    await using client = await RawClient.connect(adapter.httpPort(0));
    await playChange(adapter, client, async () => {
      t.was.send(poolCreated('shop', { identity: 'billing' }));
      await until(() => adapter.pools.get('shop')!.channel.poolIdentity === 'billing', 5_000, 'the change', 2);
    });
  });
});

describe('the keys of WAS', () => {
  it('are those it published last, and a set that cannot be read changes nothing', async () => {
    await using t = await openStage();
    const { credentials } = t.service.adapter.hub;
    const [first, second] = [await createIdentityKeys(), await createIdentityKeys()];
    const identity = {
      workerId: 'w1',
      poolIdentity: 'shop',
      pool: 'shop',
      slot: 'shop/1',
      generation: 1,
      channels: [],
      role: 'activation',
    } as const;
    const token = await signIdentity(first.privateJwk, identity, 60_000);
    const publish = (workerKeysJwks: string): void => {
      t.was.send({ case: 'workerKeysChanged', value: create(listener.WorkerKeysChangedSchema, { workerKeysJwks }) });
    };
    publish(JSON.stringify({ keys: [second.publicJwk, first.publicJwk] }));
    await until(() => credentials.keys.size === 2, 5_000, 'both keys', 2);
    assert.equal((await credentials.verify(token)).workerId, 'w1');
    publish('{"keys":');
    publish(JSON.stringify({ keys: [second.publicJwk] }));
    await until(() => credentials.keys.size === 1, 5_000, 'the one key', 2);
    await assert.rejects(credentials.verify(token), { code: 'CHANNEL_IDENTITY', reason: 'unknown-key' });
  });
});

describe('a pool identity that stays', () => {
  it('costs nobody the resume when settings of the pool change', async () => {
    await using h = await startAdapter({ isCold: true });
    await using worker = await StagedWorker.connect(h.adapter, 1);
    h.adapter.addPool('shop', { queueLength: 7 });
    worker.way.cut();
    await isServed(await h.client(), worker, '/');
  });
});
