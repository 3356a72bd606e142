import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { create, listener } from '@baton/proto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { hresultOf } from './testing/callers.ts';
import { TestCluster, yamlOf } from './testing/cluster.ts';
import { blobOf, type ScriptedAdapter } from './testing/scripted-adapter.ts';

/** Two pools and two protocols: shop has bindings of both, blog of http only. */
const YAML = `apiVersion: baton/v1
pools: [{ name: shop }, { name: blog }]
apps:
  - { name: shop, pool: shop, entry: ./shop.js, bindings: ["http://*:8080/", "tcp://*:9000"] }
  - { name: blog, pool: blog, entry: ./blog.js, bindings: ["http://*:8081/"] }
`;

interface Stage {
  readonly cluster: TestCluster;
  /** Registered for http. */
  readonly adapter: ScriptedAdapter;
}

interface Row {
  readonly call: string;
  readonly when: string;
  /** Names of the founding document. */
  readonly returns: 'S_OK' | 'E_INVALIDARG' | 'ERROR_NOT_FOUND' | 'ERROR_PIPE_NOT_CONNECTED' | 'ERROR_ALREADY_EXISTS';
  /** In the message of a refusal. */
  readonly says?: RegExp;
  readonly make: (stage: Stage) => Promise<unknown>;
}

const GRPC = {
  E_INVALIDARG: status.INVALID_ARGUMENT,
  ERROR_NOT_FOUND: status.NOT_FOUND,
  ERROR_PIPE_NOT_CONNECTED: status.UNAVAILABLE,
  ERROR_ALREADY_EXISTS: status.ALREADY_EXISTS,
} as const;

/** The error with which a registration ends; it resolves when it is taken. */
async function registering(adapter: ScriptedAdapter): Promise<void> {
  const taken = adapter.count('configManagerConnected');
  await until(() => adapter.error !== undefined || adapter.count('configManagerConnected') > taken, 10_000, 'an answer');
  if (adapter.error) throw adapter.error;
}

/** WAS was replaced and has not ended yet; it has noticed. */
async function replace({ cluster }: Stage): Promise<void> {
  const { was } = cluster;
  await cluster.openSecond();
  await until(
    async () => {
      cluster.time.advance(1_000);
      return was.engine.isStopped;
    },
    10_000,
    'the end of the former leader',
  );
}

async function loseStream({ cluster, adapter }: Stage): Promise<void> {
  adapter.drop();
  await until(() => !cluster.isAttached(adapter.id), 10_000, 'the loss of the stream');
}

const report = (facts: { readonly blob?: Uint8Array }) =>
  create(listener.ChannelReportSchema, { poolId: 'shop', channelId: 1, blob: blobOf('b', 1), ...facts });

const ROWS: readonly Row[] = [
  // ---- RegisterProtocol ----
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
  // ---- OpenListenerChannelInstance ----
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
  // ---- CloseAllListenerChannelInstances ----
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
  // ---- UnregisterProtocol, GetVersion ----
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
];

describe('the return codes of the listener adapter API', () => {
  for (const { call, when, returns, says, make } of ROWS) {
    it(`${call}: ${returns} when ${when}`, async (t) => {
      const cluster = await TestCluster.open(t, YAML);
      const adapter = await cluster.adapter('a');
      if (returns === 'S_OK') {
        await make({ cluster, adapter });
        return;
      }
      await assert.rejects(make({ cluster, adapter }), (error: ServiceError) => {
        assert.deepEqual([error.code, hresultOf(error)], [GRPC[returns], returns], error.details);
        assert.match(error.details, says ?? /./);
        return true;
      });
    });
  }

  it('come from every call that is documented to return them', () => {
    const returned = new Set(ROWS.map(({ call, returns }) => `${call} ${returns}`));
    for (const call of ['Open', 'CloseAll']) {
      for (const code of ['S_OK', 'E_INVALIDARG', 'ERROR_NOT_FOUND', 'ERROR_PIPE_NOT_CONNECTED'])
        assert.ok(returned.has(`${call} ${code}`));
    }
    assert.ok(returned.has('Register ERROR_ALREADY_EXISTS') && returned.has('Unregister ERROR_NOT_FOUND'));
  });
});
