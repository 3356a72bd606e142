import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openReady, TestCluster } from './testing/cluster.ts';
import type { Case } from './testing/scripted-adapter.ts';
import { APP, HTTP_AND_TCP, SHOP, said, yaml } from './testing/told.ts';

describe('a registration', () => {
  it('is told in the documented order: Connected, settings, pools each before its applications, permissions, InitializationCompleted', async (t) => {
    const apps = [SHOP(HTTP_AND_TCP, ', enabledProtocols: [http]'), APP('blog', 'blog', '"http://*:8081/"')];
    const cluster = await TestCluster.open(t, yaml({ apps }));
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const host = await cluster.host();
    const { workerId } = await host.nthStart(1);
    await cluster.state(workerId, 'ready');
    adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the report');
    host.exit(workerId);
    await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    adapter.drop();
    await until(() => !cluster.isAttached('a'), 10_000, 'the loss of the stream');
    const from = adapter.heard.length;
    await adapter.register();
    assert.deepEqual(said(adapter, from), [
      'configManagerConnected',
      'listeners serve',
      'pool shop created for shop',
      'pool blog created for blog',
      'app shop in shop at http://*:8080/',
      'app blog in blog at http://*:8081/',
      'applicationPoolCanOpenNewListenerChannelInstance',
      'configManagerInitializationCompleted',
    ]);
    const tcp = await cluster.adapter('a', 'tcp');
    assert.deepEqual(said(tcp, 0).slice(2, 4), ['pool shop created for shop', 'app shop in shop at tcp://*:9000, blocked']);
  });

  it('hears no change before InitializationCompleted, and nothing of what it does not serve', async (t) => {
    const cluster = await TestCluster.open(t, yaml({ apps: [SHOP('"tcp://*:9000"')] }));
    const adapter = await cluster.adapter('a');
    assert.deepEqual(adapter.names(), [
      'configManagerConnected',
      'listenerSettings',
      'configManagerInitializationCompleted',
    ] satisfies Case[]);
    await cluster.call('POST', 'pools/shop/stop');
    const tcp = await cluster.adapter('a', 'tcp');
    assert.equal(tcp.all('applicationPoolCreated')[0]?.enabled, false);
    assert.equal(adapter.heard.length, 3);
  });
});

describe('AllStopped', () => {
  it('answers each CloseAll once, and is never sent otherwise', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const count = () => adapter.count('applicationPoolAllListenerChannelInstancesStopped');
    await cluster.call('POST', 'pools/shop/recycle', {});
    await cluster.gone(workerId);
    host.exit((await host.nthStart(2)).workerId);
    await cluster.call('POST', 'pools/shop/stop');
    await cluster.adapter('y');
    assert.equal(count(), 0);
    for (const wanted of [1, 2]) {
      await adapter.closeAll('shop', 1);
      await until(() => count() === wanted, 10_000, 'AllStopped');
    }
    await cluster.adapter('z');
    assert.equal(count(), 2);
  });
});
