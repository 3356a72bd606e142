import assert from 'node:assert/strict';
import { until } from '@baton/core';
import type { listener } from '@baton/proto';
import { yamlOf } from './testing/cluster.ts';
import { loseStream, replace, returnCodes } from './testing/return-codes.ts';

returnCodes(
  [
    { call: 'Open', when: 'it is the first one', returns: 'S_OK', make: ({ adapter }) => adapter.call('open') },
    {
      call: 'Open',
      when: 'it names the bytes that the blob has',
      returns: 'S_OK',
      make: ({ adapter }) => adapter.call('open', { blob: Buffer.alloc(65_536), blobByteCount: 65_536 }),
    },
    {
      call: 'Open',
      when: 'it is sent again with the same permission',
      returns: 'S_OK',
      make: async ({ adapter }) => {
        await adapter.call('open');
        const answer = (await adapter.call('open')) as listener.OpenListenerChannelInstanceResponse;
        assert.equal(answer.repeated, true);
      },
    },
    {
      call: 'Open',
      when: 'the pool id is empty',
      returns: 'E_INVALIDARG',
      says: /pool_id is required/,
      make: ({ adapter }) => adapter.call('open', { poolId: '' }),
    },
    {
      call: 'Open',
      when: 'there is no such pool',
      returns: 'E_INVALIDARG',
      says: /there is no pool "ship"; pools with such bindings: shop, blog/,
      make: ({ adapter }) => adapter.call('open', { poolId: 'ship' }),
    },
    {
      call: 'Open',
      when: 'the pool hosts nothing of the protocol',
      returns: 'E_INVALIDARG',
      says: /pool "blog" has no bindings of tcp/,
      make: async ({ cluster }) => (await cluster.adapter('a', 'tcp')).call('open', { poolId: 'blog' }),
    },
    {
      call: 'Open',
      when: 'the pool was removed',
      returns: 'E_INVALIDARG',
      says: /there is no pool "blog"/,
      make: async ({ cluster, adapter }) => {
        await cluster.apply(yamlOf());
        await adapter.call('open', { poolId: 'blog' });
      },
    },
    {
      call: 'Open',
      when: 'there is no blob',
      returns: 'E_INVALIDARG',
      says: /1 to 65536 bytes, got 0/,
      make: ({ adapter }) => adapter.call('open', { blob: Buffer.alloc(0) }),
    },
    {
      call: 'Open',
      when: 'the blob is larger than 64 KiB',
      returns: 'E_INVALIDARG',
      says: /got 65537/,
      make: ({ adapter }) => adapter.call('open', { blob: Buffer.alloc(65_537) }),
    },
    {
      call: 'Open',
      when: 'it names other bytes than the blob has',
      returns: 'E_INVALIDARG',
      says: /blob_byte_count is 12, and the blob has 11 bytes/,
      make: ({ adapter }) => adapter.call('open', { blob: Buffer.alloc(11), blobByteCount: 12 }),
    },
    {
      call: 'Open',
      when: 'the channel is one of another pool',
      returns: 'E_INVALIDARG',
      says: /a\/1 belongs to pool "shop", not "blog"/,
      make: async ({ adapter }) => {
        await adapter.call('open');
        await adapter.call('open', { poolId: 'blog' });
      },
    },
    {
      call: 'Open',
      when: 'the channel is one of another protocol',
      returns: 'E_INVALIDARG',
      says: /a\/1 belongs to protocol http, not tcp/,
      make: async ({ cluster, adapter }) => {
        await adapter.call('open');
        await (await cluster.adapter('a', 'tcp')).call('open');
      },
    },
    {
      call: 'Open',
      when: 'it is the second one and no permission came in between',
      returns: 'E_INVALIDARG',
      says: /OPEN_NOT_PERMITTED: channel a\/1 was opened with permission 5, expected to wait for one/,
      make: async ({ adapter }) => {
        await adapter.call('open');
        await adapter.call('open', { permission: 5 });
      },
    },
    {
      call: 'Open',
      when: 'it names an old permission',
      returns: 'E_INVALIDARG',
      says: /OPEN_NOT_PERMITTED/,
      make: async ({ cluster, adapter }) => {
        const host = await cluster.host();
        await adapter.call('open');
        const { workerId } = await host.nthStart(1);
        await cluster.state(workerId, 'ready');
        adapter.channels.set('shop', 1);
        adapter.load('shop', 0, 0);
        await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the report');
        host.exit(workerId);
        const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
        await adapter.call('open', { permission });
        await adapter.call('open', { permission: 0 });
      },
    },
    {
      call: 'Open',
      when: 'nobody has registered the protocol under this id',
      returns: 'ERROR_NOT_FOUND',
      says: /adapter a has not registered protocol tcp/,
      make: ({ adapter }) => adapter.call('open', { protocolId: 'tcp' }),
    },
    {
      call: 'Open',
      when: 'it names no protocol',
      returns: 'E_INVALIDARG',
      says: /required/,
      make: ({ adapter }) => adapter.call('open', { protocolId: '' }),
    },
    {
      call: 'Open',
      when: 'the stream of the adapter is down',
      returns: 'ERROR_PIPE_NOT_CONNECTED',
      says: /adapter a has no RegisterProtocol stream for protocol http/,
      make: async (stage) => {
        await loseStream(stage);
        await stage.adapter.call('open');
      },
    },
    {
      call: 'Open',
      when: 'this WAS does not lead any more',
      returns: 'ERROR_PIPE_NOT_CONNECTED',
      says: /does not lead/,
      make: async (stage) => {
        await replace(stage);
        await stage.adapter.call('open');
      },
    },
    {
      call: 'CloseAll',
      when: 'the channel is open',
      returns: 'S_OK',
      make: async ({ cluster, adapter }) => {
        await adapter.call('open');
        await adapter.call('closeAll');
        await adapter.next('applicationPoolAllListenerChannelInstancesStopped');
        assert.deepEqual(await cluster.call('GET', 'channels'), []);
      },
    },
    {
      call: 'CloseAll',
      when: 'nobody has opened the channel',
      returns: 'S_OK',
      make: async ({ adapter }) => {
        await adapter.call('closeAll', { channelId: 9 });
        assert.equal((await adapter.next('applicationPoolAllListenerChannelInstancesStopped')).channelId, 9);
      },
    },
    {
      call: 'CloseAll',
      when: 'the channel is one of another pool',
      returns: 'E_INVALIDARG',
      says: /belongs to pool "shop", not "blog"/,
      make: async ({ adapter }) => {
        await adapter.call('open');
        await adapter.call('closeAll', { poolId: 'blog' });
      },
    },
    {
      call: 'CloseAll',
      when: 'the pool id is empty',
      returns: 'E_INVALIDARG',
      says: /pool_id is required/,
      make: ({ adapter }) => adapter.call('closeAll', { poolId: '' }),
    },
    {
      call: 'CloseAll',
      when: 'the protocol is not registered',
      returns: 'ERROR_NOT_FOUND',
      says: /has not registered protocol tcp/,
      make: ({ adapter }) => adapter.call('closeAll', { protocolId: 'tcp' }),
    },
    {
      call: 'CloseAll',
      when: 'the stream of the adapter is down',
      returns: 'ERROR_PIPE_NOT_CONNECTED',
      make: async (stage) => {
        await loseStream(stage);
        await stage.adapter.call('closeAll');
      },
    },
  ],
  ['Open', 'CloseAll'].flatMap((call) =>
    ['S_OK', 'E_INVALIDARG', 'ERROR_NOT_FOUND', 'ERROR_PIPE_NOT_CONNECTED'].map((code) => `${call} ${code}`),
  ),
);
