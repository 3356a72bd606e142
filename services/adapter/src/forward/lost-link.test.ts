import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StagedWorker } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { startAdapter } from '../testing/harness.ts';

describe('a link that does not resume', () => {
  it('ends what its worker had with a cause of its own when the resume limit passes; the worker may connect anew and serves on', async () => {
    await using h = await startAdapter({ isCold: true, adapter: { channelLimits: { resumeLimitMs: 200 } } });
    const lost = await StagedWorker.connect(h.adapter, 1);
    const client = (await h.client()).get('/1');
    await lost.hasRead('begin /1');
    lost.way.close();
    await until(() => h.pool.place.slots.get('shop/1')?.instances.get('w1')?.session.state === 'suspended');
    const later = (await h.client()).get('/2');
    assert.equal(client.received, '', 'a broken link alone is not a death');
    assert.match(await client.until(/\n$/), /^HTTP\/1\.1 502 [\s\S]*x-baton-error: LINK_LOST\r\n/);
    assert.equal(h.pool.place.slots.get('shop/1')?.eligible?.workerId, 'w1');
    await using again = await StagedWorker.connect(h.adapter, 1);
    await again.hasRead('begin /2');
    again.answer('/2');
    await later.until(/^HTTP\/1\.1 200 /);
    await lost[Symbol.asyncDispose]();
  });

  it('is refused afterwards to a worker that is known to be dead, whether or not it was ever connected here', async () => {
    await using h = await startAdapter({ isCold: true });
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'killed by SIGKILL', false);
    await assert.rejects(StagedWorker.connect(h.adapter, 1), { code: 'CHANNEL_IDENTITY' });
    assert.equal(h.pool.place.slots.size, 0);
  });
});
