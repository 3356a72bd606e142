import assert from 'node:assert/strict';
import { until } from '@baton/core';
import { create, listener } from '@baton/proto';
import { replace, returnCodes, YAML } from './testing/return-codes.ts';
import { blobOf, type ScriptedAdapter } from './testing/scripted-adapter.ts';

/** The error with which a registration ends; it resolves when it is taken. */
async function registering(adapter: ScriptedAdapter): Promise<void> {
  const taken = adapter.count('configManagerConnected');
  await until(() => adapter.error !== undefined || adapter.count('configManagerConnected') > taken, 10_000, 'an answer');
  if (adapter.error) throw adapter.error;
}

const report = (facts: { readonly blob?: Uint8Array }) =>
  create(listener.ChannelReportSchema, { poolId: 'shop', channelId: 1, blob: blobOf('b', 1), ...facts });

returnCodes(
  [
    {
      call: 'Register',
      when: 'nobody has registered the protocol under this id',
      returns: 'S_OK',
      make: async ({ cluster }) => cluster.adapter('b'),
    },
    {
      call: 'Register',
      when: 'the same adapter registers another protocol',
      returns: 'S_OK',
      make: async ({ cluster }) => cluster.adapter('a', 'tcp'),
    },
    {
      call: 'Register',
      when: 'the adapter has the protocol on another stream',
      returns: 'ERROR_ALREADY_EXISTS',
      says: /adapter a has registered protocol http already/,
      make: ({ cluster }) => {
        const again = cluster.newAdapter('a');
        again.start();
        return registering(again);
      },
    },
    {
      call: 'Register',
      when: 'the stream has registered',
      returns: 'ERROR_ALREADY_EXISTS',
      says: /on this stream/,
      make: async ({ adapter }) => {
        adapter.registerWith({ protocolId: 'tcp' }, false);
        await registering(adapter);
      },
    },
    {
      call: 'Register',
      when: 'it names no adapter',
      returns: 'E_INVALIDARG',
      says: /expected an adapter id/,
      make: ({ cluster }) => {
        const nameless = cluster.newAdapter('');
        nameless.registerWith({});
        return registering(nameless);
      },
    },
    {
      call: 'Register',
      when: 'WAS does not know the protocol',
      returns: 'E_INVALIDARG',
      says: /one of the protocols http, tcp, queue, got adapter "b", protocol "udp"/,
      make: ({ cluster }) => {
        const udp = cluster.newAdapter('b', undefined, 'udp');
        udp.start();
        return registering(udp);
      },
    },
    {
      call: 'Register',
      when: 'listenerAdapters names the protocol',
      returns: 'S_OK',
      make: async ({ cluster }) => {
        await cluster.apply(`${YAML}listenerAdapters: [{ name: udp }]\n`);
        await cluster.adapter('b', 'udp');
      },
    },
    {
      call: 'Register',
      when: 'it reports a blob over 64 KiB',
      returns: 'E_INVALIDARG',
      says: /1 to 65536 bytes, got 65537/,
      make: ({ cluster }) => {
        const other = cluster.newAdapter('b');
        other.registerWith({ channels: [report({ blob: Buffer.alloc(65_537) })] });
        return registering(other);
      },
    },
    {
      call: 'Register',
      when: 'it reports a channel of another of its protocols',
      returns: 'E_INVALIDARG',
      says: /a\/1 belongs to protocol http, not tcp/,
      make: async ({ cluster, adapter }) => {
        await adapter.open('shop');
        const tcp = cluster.newAdapter('a', undefined, 'tcp');
        tcp.registerWith({ channels: [report({})] });
        await registering(tcp);
      },
    },
    {
      call: 'Register',
      when: 'this WAS does not lead any more',
      returns: 'ERROR_PIPE_NOT_CONNECTED',
      says: /does not lead/,
      make: async (stage) => {
        const late = stage.cluster.newAdapter('b');
        await replace(stage);
        late.start();
        await registering(late);
      },
    },
    {
      call: 'Unregister',
      when: 'the protocol is registered',
      returns: 'S_OK',
      make: async ({ cluster, adapter }) => {
        await adapter.call('unregister');
        await until(() => !cluster.isAttached('a'), 10_000, 'the end of the stream');
      },
    },
    {
      call: 'Unregister',
      when: 'it has been called before',
      returns: 'ERROR_NOT_FOUND',
      says: /has not registered protocol http/,
      make: async ({ adapter }) => {
        await adapter.call('unregister');
        await adapter.call('unregister');
      },
    },
    {
      call: 'Unregister',
      when: 'it names no adapter',
      returns: 'E_INVALIDARG',
      says: /required/,
      make: ({ adapter }) => adapter.call('unregister', { adapterId: '' }),
    },
    {
      call: 'GetVersion',
      when: 'nothing is registered',
      returns: 'S_OK',
      make: async ({ cluster }) => {
        const { major, minor } = await cluster.newAdapter('nobody').getVersion();
        assert.deepEqual([major, minor], [1, 1]);
      },
    },
  ],
  [
    'Register S_OK',
    'Register E_INVALIDARG',
    'Register ERROR_ALREADY_EXISTS',
    'Register ERROR_PIPE_NOT_CONNECTED',
    'Unregister S_OK',
    'Unregister ERROR_NOT_FOUND',
  ],
);
