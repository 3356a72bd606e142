import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { LIMITS } from './limits.ts';
import { openReady, TestCluster, yamlOf } from './testing/cluster.ts';
import type { ScriptedAdapter } from './testing/scripted-adapter.ts';

const BOTH = yamlOf().replace('"http://*:8080/"', '"http://*:8080/", "tcp://*:9000"');
const BILLING = BOTH.replace('name: shop }', 'name: shop, identity: billing }');

const eventsOf = async (cluster: TestCluster, type: string) =>
  (await cluster.call<{ type: string; message: string }[]>('GET', 'events')).filter((event) => event.type === type);
const numberOf = async (adapter: ScriptedAdapter) => (await adapter.next('applicationPoolIdentityChanged')).number;

/** Nothing that could be on its way is: WAS has answered a call that was made later, and settled its slots. */
async function calm(cluster: TestCluster): Promise<void> {
  await cluster.call('GET', 'status');
  await new Promise((resolve) => setImmediate(resolve));
  await cluster.call('GET', 'status');
}

/** A pool with no worker yet, adapters for both protocols that acknowledge nothing by themselves, and a new identity that was told to them. */
async function openAwaited(t: TestContext) {
  const cluster = await TestCluster.open(t, BOTH);
  const host = await cluster.host();
  const http = await cluster.adapter('a');
  const tcp = await cluster.adapter('a', 'tcp');
  for (const adapter of [http, tcp]) adapter.isAcknowledging = false;
  await cluster.apply(BILLING);
  return { cluster, host, http, tcp, numbers: [await numberOf(http), await numberOf(tcp)] as const };
}

type Stage = Awaited<ReturnType<typeof openAwaited>>;

/** Each row: what lets the start of the pool's first worker go on, which waits for the new identity to be known. */
const RELEASES: readonly { readonly what: string; readonly holds: boolean; readonly release: (stage: Stage) => void | Promise<void> }[] = [
  {
    what: 'every attached adapter has acknowledged it',
    holds: false,
    release: ({ http, tcp, numbers }) => {
      http.acknowledge(numbers[0]);
      tcp.acknowledge(numbers[1]);
    },
  },
  { what: 'one of two has acknowledged it', holds: true, release: ({ http, numbers }) => http.acknowledge(numbers[0]) },
  {
    what: 'another number was acknowledged',
    holds: true,
    release: ({ http, tcp, numbers }) => {
      http.acknowledge(numbers[0] + 7);
      tcp.acknowledge(numbers[1]);
    },
  },
  {
    what: 'the one that has not acknowledged it is detached',
    holds: false,
    release: ({ http, tcp, numbers }) => {
      http.acknowledge(numbers[0]);
      tcp.drop();
    },
  },
  {
    what: 'the one that has not acknowledged it has unregistered',
    holds: false,
    release: async ({ http, tcp, numbers }) => {
      http.acknowledge(numbers[0]);
      await tcp.unregister();
    },
  },
  {
    what: 'it was waited for as long as an adapter may take',
    holds: false,
    release: async ({ cluster, http, numbers }) => {
      http.acknowledge(numbers[0]);
      await calm(cluster);
      await cluster.pass(LIMITS.acknowledgeMs);
    },
  },
  {
    what: 'it was waited for almost as long as an adapter may take',
    holds: true,
    release: ({ cluster }) => cluster.pass(LIMITS.acknowledgeMs - 3_000),
  },
];

describe('a new identity of a pool', () => {
  for (const { what, holds, release } of RELEASES) {
    it(`${holds ? 'holds' : 'lets'} a start ${holds ? 'up' : 'go on'} when ${what}`, async (t) => {
      const stage = await openAwaited(t);
      const { cluster, host, http } = stage;
      await http.open('shop');
      await calm(cluster);
      assert.equal(host.starts().length, 0, 'nobody has acknowledged it');
      await release(stage);
      if (holds) {
        await calm(cluster);
        assert.equal(host.starts().length, 0);
      } else {
        await host.nthStart(1);
      }
    });
  }

  it('is acknowledged before the recycle that brings it to the workers begins', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    adapter.isAcknowledging = false;
    await cluster.apply(yamlOf({ pool: 'identity: billing' }));
    const number = await numberOf(adapter);
    await cluster.pass(1_000);
    await calm(cluster);
    assert.equal(host.starts().length, 1);
    adapter.acknowledge(number);
    const { role } = await host.nthStart(2).then(({ verb }) => (verb.case === 'start' ? verb.value : assert.fail('no start')));
    assert.match(role, /^replacement:/);
    await cluster.gone(workerId);
  });

  it('is told of in an event by the adapter that was waited for in vain', async (t) => {
    const { cluster, http, numbers } = await openAwaited(t);
    http.acknowledge(numbers[0]);
    await calm(cluster);
    await cluster.pass(LIMITS.acknowledgeMs);
    await until(async () => (await eventsOf(cluster, 'identity.unacknowledged')).length > 0, 10_000, 'the event');
    const events = await eventsOf(cluster, 'identity.unacknowledged');
    assert.deepEqual(
      events.map(({ message }) => message),
      ['adapter a (tcp) has not acknowledged the new identity of pool shop within 5000 ms; its workers start without it'],
    );
  });
});

describe('a pool that an adapter needs no more', () => {
  const GONE = 'apiVersion: baton/v1\n';

  it('is not deleted there while one of its channels is tracked, also when its workers have ended', async (t) => {
    const { cluster, adapter, host, workerId } = await openReady(t);
    adapter.isClosing = false;
    await cluster.apply(GONE);
    await host.stopOf(workerId);
    await cluster.gone(workerId);
    await cluster.pass(LIMITS.closeSilenceMs - 2_000);
    await calm(cluster);
    assert.equal(adapter.count('applicationPoolDeleted'), 0);
    await adapter.closeAll('shop');
    await until(
      async () => {
        await cluster.pass(250);
        return adapter.count('applicationPoolDeleted') > 0;
      },
      10_000,
      'PoolDeleted',
    );
    const names = adapter.names();
    assert.ok(names.indexOf('applicationPoolAllListenerChannelInstancesStopped') < names.indexOf('applicationPoolDeleted'));
    assert.equal((await eventsOf(cluster, 'channel.unclosed')).length, 0);
  });

  it('is deleted there with an event when the adapter does not close its channel, and without AllStopped, which nobody asked for', async (t) => {
    const { cluster, adapter, workerId } = await openReady(t);
    adapter.isClosing = false;
    await cluster.apply(GONE);
    await cluster.gone(workerId);
    await until(
      async () => {
        await cluster.pass(1_000);
        return adapter.count('applicationPoolDeleted') > 0;
      },
      10_000,
      'PoolDeleted',
    );
    assert.equal(adapter.count('applicationPoolAllListenerChannelInstancesStopped'), 0);
    await until(async () => (await eventsOf(cluster, 'channel.unclosed')).length > 0, 10_000, 'the event');
    assert.match((await eventsOf(cluster, 'channel.unclosed'))[0]!.message, /^adapter a \(http\) has not closed a\/1 of pool shop/);
    assert.deepEqual(await cluster.call('GET', 'channels'), []);
    await adapter.closeAll('shop', 1);
    await adapter.next('applicationPoolAllListenerChannelInstancesStopped');
  });

  it('stays when it is needed again before its channel is closed', async (t) => {
    const { cluster, adapter, workerId } = await openReady(t);
    adapter.isClosing = false;
    await cluster.apply(GONE);
    await cluster.gone(workerId);
    await cluster.apply(yamlOf());
    await cluster.pass(LIMITS.closeSilenceMs + 1_000);
    await calm(cluster);
    assert.deepEqual([adapter.count('applicationPoolDeleted'), adapter.count('applicationPoolCreated')], [0, 1]);
    assert.equal(adapter.all('applicationPoolStateChanged').at(-1)?.enabled, true);
  });
});
