import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openReady, TestCluster } from './testing/cluster.ts';

const yaml = (apps: string) => `apiVersion: baton/v1
pools: [{ name: shop }]
apps:
${apps}`;
const SHOP = '  - { name: shop, pool: shop, entry: ./shop.js, preload: ["/warm"], bindings: ["http://*:8080/", "tcp://*:9000"] }\n';
const blog = (entry = './blog.js') =>
  `  - { name: blog, pool: shop, entry: ${entry}, preload: ["/"], bindings: ["https://*:8443/blog", "queue://posts", "udp://*:5353"] }\n`;
const MORE = 'tls: [{ host: "*", cert: ./a.crt, key: ./a.key }]\nlistenerAdapters: [{ name: udp }]\n';

describe('several apps in one pool', () => {
  it('are all in the start order, the first as the main module, each with its bindings and preload', async (t) => {
    const cluster = await TestCluster.open(t, yaml(SHOP + blog() + MORE));
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const { verb } = await host.nthStart(1);
    assert.ok(verb.case === 'start');
    const { app, apps } = verb.value;
    assert.deepEqual(
      apps.map(({ appKey, entry, ports, tcpPorts, queues, otherBindings, preload }) => [
        appKey,
        entry,
        ports,
        tcpPorts,
        queues,
        otherBindings,
        preload,
      ]),
      [
        ['shop', './shop.js', [8080], [9000], [], [], ['http://localhost:8080/warm']],
        ['blog', './blog.js', [8443], [], ['posts'], ['udp://*:5353'], ['https://localhost:8443/']],
      ],
    );
    assert.equal(app?.appKey, 'shop', 'for hosts of the release before');
  });

  it('are listed with the URL of each binding', async (t) => {
    const cluster = await TestCluster.open(t, yaml(SHOP + blog() + MORE));
    const apps = await cluster.call<{ name: string; urls: string[] }[]>('GET', 'apps');
    assert.deepEqual(
      apps.map(({ name, urls }) => [name, urls]),
      [
        ['shop', ['http://127.0.0.1:8080/', 'tcp://127.0.0.1:9000']],
        ['blog', ['https://127.0.0.1:8443/blog', 'queue://posts', 'udp://127.0.0.1:5353']],
      ],
    );
  });

  for (const [what, before, after] of [
    ['is added', SHOP, SHOP + blog()],
    ['is removed', SHOP + blog(), SHOP],
    ['has another entry', SHOP + blog(), SHOP + blog('./blog2.js')],
    ['becomes the main module', SHOP + blog(), blog() + SHOP],
  ] as const) {
    it(`recycle the pool when one of them ${what}`, async (t) => {
      const cluster = await TestCluster.open(t, yaml(before + MORE));
      const host = await cluster.host();
      const adapter = await cluster.adapter('a');
      await adapter.open('shop');
      const { workerId, generation } = await host.nthStart(1);
      await cluster.state(workerId, 'ready');
      adapter.eligible.set('shop/1', { workerId, generation });
      adapter.load('shop', 0, 0);
      await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the load report');
      const { recyclingPools } = await cluster.call<{ recyclingPools: string[] }>('POST', 'config', {
        yaml: yaml(after + MORE),
        file: 'baton.yaml',
        dryRun: true,
      });
      assert.deepEqual(recyclingPools, ['shop']);
      await cluster.apply(yaml(after + MORE));
      const { verb } = await host.nthStart(2);
      assert.ok(verb.case === 'start');
      assert.deepEqual(
        verb.value.apps.map(({ appKey, entry }) => `${appKey} ${entry}`),
        [...after.matchAll(/name: (\w+).*?entry: (\S+),/g)].map(([, name, entry]) => `${name} ${entry}`),
      );
      await cluster.gone(workerId);
    });
  }
});

describe('several channels of one pool at one adapter', () => {
  it('are each opened once, dialled by every worker, asked in a recycle, and closed one by one', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    await adapter.call('open', { channelId: 2, blob: Buffer.from('{"appKey":"blog"}') });
    const connected = async () =>
      (await cluster.call<{ channelId: number; connectedWorkers: string[] }[]>('GET', 'channels')).map((one) => [
        one.channelId,
        one.connectedWorkers,
      ]);
    await until(async () => JSON.stringify(await connected()) === '[[1,["w1"]],[2,["w1"]]]', 10_000, 'w1 on both channels');
    assert.equal(host.starts().length, 1, 'its first Open starts nobody: the pool is served');
    await assert.rejects(adapter.call('open', { channelId: 2, permission: 3 }), /OPEN_NOT_PERMITTED/, 'one permission for each channel');

    await cluster.call('POST', 'pools/shop/recycle', {});
    await cluster.gone(workerId);
    const asked = adapter.all('handover').filter(({ toWorkerId }) => toWorkerId === 'w2');
    assert.deepEqual(asked.map(({ channelId }) => channelId).sort(), [1, 2]);
    const { verb } = await host.nthStart(2);
    assert.ok(verb.case === 'start');
    assert.deepEqual(
      verb.value.channels.map(({ channelId, blob }) => [channelId, Buffer.from(blob).toString().includes('appKey')]),
      [
        [1, false],
        [2, true],
      ],
      'each with its own blob',
    );

    await adapter.call('closeAll', { channelId: 2 });
    await adapter.next('applicationPoolAllListenerChannelInstancesStopped', ({ channelId }) => channelId === 2);
    assert.deepEqual(await connected(), [[1, ['w2']]]);
    assert.equal(adapter.count('applicationPoolDeleted'), 0);
  });

  it('each get a permission when the pool has become empty, and one Open is enough to start its worker', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    await adapter.call('open', { channelId: 2 });
    adapter.channels.set('second', 2);
    await until(() => cluster.was.engine.cluster.workers.get(workerId)?.view.connected.size === 2, 10_000, 'both connections');
    for (const channel of cluster.was.engine.attachedChannels('shop')) channel.parked = 0;
    host.exit(workerId);
    await until(() => adapter.count('applicationPoolCanOpenNewListenerChannelInstance') === 2, 10_000, 'both permissions');
    const [one, two] = adapter.all('applicationPoolCanOpenNewListenerChannelInstance');
    assert.deepEqual([one?.channelId, two?.channelId], [1, 2]);
    assert.notEqual(one?.permission, two?.permission);
    await adapter.call('open', { channelId: 2, permission: two!.permission });
    await host.nthStart(2);
    await adapter.call('open', { channelId: 1, permission: one!.permission });
    await cluster.call('GET', 'status');
    assert.equal(host.starts().length, 2);
  });
});
