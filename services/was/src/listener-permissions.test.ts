import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openReady } from './testing/cluster.ts';

/** A worker that serves nobody's request, an adapter, and what happens to both. */
type Happening = (stage: Awaited<ReturnType<typeof openReady>>) => Promise<unknown>;

/** Each row: whether CanOpenNew is due, which allows one more Open and asks for nothing. */
const PERMISSIONS: readonly { readonly when: string; readonly count: number; readonly happens: Happening }[] = [
  { when: 'the channel has just been opened and somebody serves', count: 0, happens: async () => {} },
  { when: 'the worker has ended unasked and no work waits', count: 1, happens: async ({ host, workerId }) => host.exit(workerId) },
  {
    when: 'the worker has gone idle',
    count: 1,
    happens: async ({ cluster, host, workerId }) => {
      host.wishIdle(workerId);
      await cluster.gone(workerId);
    },
  },
  {
    when: 'the worker has ended unasked and work waits: it is replaced at once',
    count: 0,
    happens: async ({ cluster, host, adapter, workerId }) => {
      adapter.load('shop', 1, 0);
      await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 1, 10_000, 'the report');
      host.exit(workerId);
      await host.nthStart(2);
    },
  },
  {
    when: 'a recycle has replaced the worker: WAS starts the channel in the next one by the saved blob',
    count: 0,
    happens: async ({ cluster, workerId }) => {
      await cluster.call('POST', 'pools/shop/recycle', {});
      await cluster.gone(workerId);
    },
  },
  {
    when: 'the pool is stopped: nothing may be opened',
    count: 0,
    happens: async ({ cluster, workerId }) => {
      await cluster.call('POST', 'pools/shop/stop');
      await cluster.gone(workerId);
    },
  },
  {
    when: 'the pool was stopped and is started again',
    count: 1,
    happens: async ({ cluster, workerId }) => {
      await cluster.call('POST', 'pools/shop/stop');
      await cluster.gone(workerId);
      await cluster.call('POST', 'pools/shop/start');
    },
  },
  {
    when: 'the worker ended after its channel was closed: there is none to open',
    count: 0,
    happens: async ({ cluster, host, adapter, workerId }) => {
      await adapter.closeAll('shop');
      host.exit(workerId);
      await cluster.gone(workerId);
    },
  },
];

describe('CanOpenNew', () => {
  for (const { when, count, happens } of PERMISSIONS) {
    it(`is ${count === 0 ? 'not ' : ''}sent when ${when}`, async (t) => {
      const stage = await openReady(t);
      await happens(stage);
      const sent = () => stage.adapter.count('applicationPoolCanOpenNewListenerChannelInstance');
      await until(() => sent() >= count, 10_000, 'the permission');
      await stage.cluster.adapter('z');
      assert.equal(sent(), count);
    });
  }

  it('allows one Open: the second one needs another', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    host.exit(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await cluster.call('GET', 'status');
    assert.equal(host.starts().length, 1, 'it asks for nothing');
    await adapter.open('shop', permission);
    const second = await host.nthStart(2);
    await cluster.state(second.workerId, 'ready');
    adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the report');
    assert.equal((await adapter.open('shop', permission)).repeated, true, 'that is the same Open again');
    host.exit(second.workerId);
    const next = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance', (one) => one.permission !== permission);
    await assert.rejects(adapter.open('shop', next.permission + 1), /OPEN_NOT_PERMITTED/);
    assert.equal((await adapter.open('shop', next.permission)).repeated, false);
  });
});
