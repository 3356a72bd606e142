import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { type ServiceError, status } from '@grpc/grpc-js';
import { hresultOf } from './testing/callers.ts';
import { TestCluster, yamlOf } from './testing/cluster.ts';

const failsWith = (code: status, hresult: string, text: RegExp) => (error: unknown) => {
  const failed = error as ServiceError;
  assert.deepEqual([failed.code, hresultOf(failed)], [code, hresult], failed.details);
  assert.match(failed.details, text);
  return true;
};
const E_INVALIDARG = [status.INVALID_ARGUMENT, 'E_INVALIDARG'] as const;

const TWO_PROTOCOLS = yamlOf().replace('"http://*:8080/"', '"http://*:8080/", "tcp://*:9000"');

describe('the listener adapter API', () => {
  it('tells a new adapter everything in the documented order', async (t) => {
    const cluster = await TestCluster.open(
      t,
      yamlOf({ pool: 'queueLength: 77', app: 'limits: { queueTimeout: 3s }', more: 'trustProxy: true' }),
    );
    const adapter = await cluster.adapter('a');
    assert.deepEqual(
      adapter.heard.map(({ callback }) => callback.case),
      [
        'configManagerConnected',
        'listenerSettings',
        'applicationPoolCreated',
        'applicationCreated',
        'configManagerInitializationCompleted',
      ],
    );
    const [connected] = adapter.all('configManagerConnected');
    assert.equal(connected?.clusterId, cluster.clusterId);
    assert.deepEqual(
      Object.keys(JSON.parse(connected?.workerKeyJwk ?? '{}')).sort(),
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
      'the public half alone',
    );
    const [pool] = adapter.all('applicationPoolCreated');
    assert.deepEqual([pool?.poolId, pool?.identity, pool?.enabled, pool?.settings?.queueLength], ['shop', 'shop', true, 77]);
    const [app] = adapter.all('applicationCreated');
    assert.deepEqual([app?.appKey, app?.bindings, app?.limits?.queueTimeoutMs, app?.trustProxy], ['shop', ['http://*:8080/'], 3_000, true]);
    assert.ok(adapter.heard.every(({ epoch }) => epoch === 1));
  });

  it('lets nobody in without the secret', async (t) => {
    const cluster = await TestCluster.open(t);
    const stranger = cluster.newAdapter('a', 'wrong');
    stranger.start();
    await until(() => stranger.error, 10_000, 'the refusal');
    assert.equal(stranger.error?.code, status.UNAUTHENTICATED);
    await assert.rejects(stranger.open('shop'), (error: ServiceError) => error.code === status.UNAUTHENTICATED);
  });

  it('takes each protocol of one adapter on a stream of its own, and loses only the channels of the one that breaks', async (t) => {
    const cluster = await TestCluster.open(t, TWO_PROTOCOLS);
    const http = await cluster.adapter('a');
    const tcp = await cluster.adapter('a', 'tcp');
    await http.open('shop');
    await assert.rejects(tcp.open('shop', 0, { channelId: 1 }), failsWith(...E_INVALIDARG, /a\/1 belongs to protocol http/));
    await tcp.open('shop', 0, { channelId: 2 });
    const channels = async () =>
      (await cluster.call<{ protocol: string; channelId: number }[]>('GET', 'channels')).map((one) => [one.protocol, one.channelId]);
    assert.deepEqual(await channels(), [
      ['http', 1],
      ['tcp', 2],
    ]);
    tcp.drop();
    await until(() => !cluster.isAttached('a', 'tcp'), 10_000, 'the loss of the stream');
    assert.equal(cluster.isAttached('a'), true);
    assert.deepEqual(
      cluster.was.engine.attachedChannels('shop').map(({ ref }) => ref),
      ['a/1'],
    );
    const { adapters } = await cluster.call<{ adapters: { id: string; protocol: string; attached: boolean }[] }>('GET', 'status');
    assert.deepEqual(
      adapters.map(({ id, protocol, attached }) => [id, protocol, attached]),
      [['a', 'http, tcp', false]],
    );
    await tcp.register();
    assert.equal((await tcp.open('shop', 0, { channelId: 2 })).repeated, true, 'its channel was reported with the registration');
    await tcp.unregister();
    assert.deepEqual(await channels(), [['http', 1]]);
    assert.equal(http.error, undefined);
  });

  it('gives a repeated Open the same answer, and refuses an old permission without closing the stream', async (t) => {
    const cluster = await TestCluster.open(t);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    assert.deepEqual([(await adapter.open('shop')).repeated, (await adapter.open('shop')).repeated], [false, true]);
    const { workerId } = await host.nthStart(1);
    await cluster.state(workerId, 'ready');
    adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the report');
    host.exit(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await assert.rejects(adapter.open('shop', permission + 1), failsWith(...E_INVALIDARG, /OPEN_NOT_PERMITTED/));
    assert.equal((await adapter.open('shop', permission)).repeated, false);
    assert.equal((await adapter.open('shop', permission)).repeated, true);
    const second = await host.nthStart(2);
    assert.equal(second.generation, 2);
    assert.equal(host.starts().length, 2);
    await assert.rejects(adapter.open('shop', 0), failsWith(...E_INVALIDARG, /OPEN_NOT_PERMITTED/));
    assert.equal(adapter.error, undefined, 'the stream is up');
  });

  it('sends all current permissions again at each registration', async (t) => {
    const cluster = await TestCluster.open(t);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const { workerId } = await host.nthStart(1);
    await cluster.state(workerId, 'ready');
    adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the report');
    host.exit(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    adapter.drop();
    await until(() => !cluster.isAttached('a'), 10_000, 'the loss of the stream');
    await adapter.register();
    const all = adapter.all('applicationPoolCanOpenNewListenerChannelInstance');
    assert.deepEqual(
      all.map((one) => one.permission),
      [permission, permission],
    );
    const order = adapter.heard.map(({ callback }) => callback.case);
    assert.ok(
      order.lastIndexOf('applicationPoolCanOpenNewListenerChannelInstance') < order.lastIndexOf('configManagerInitializationCompleted'),
    );
  });

  it('answers CloseAll with AllStopped, forgets the channel, and unregisters', async (t) => {
    const cluster = await TestCluster.open(t);
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const { workerId } = await host.nthStart(1);
    await cluster.state(workerId, 'ready');
    await adapter.closeAll('shop');
    const stopped = await adapter.next('applicationPoolAllListenerChannelInstancesStopped');
    assert.deepEqual([stopped.poolId, stopped.channelId], ['shop', 1]);
    assert.deepEqual(await cluster.call('GET', 'channels'), []);
    await adapter.unregister();
    await assert.rejects(adapter.unregister(), failsWith(status.NOT_FOUND, 'ERROR_NOT_FOUND', /NOT_REGISTERED/));
  });
});
