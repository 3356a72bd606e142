import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { TestCluster } from './testing/cluster.ts';

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
