import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { admin, create, grpcDefinition } from '@baton/proto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { Caller } from './testing/callers.ts';
import { openReady, TestCluster, TOKEN, yamlOf } from './testing/cluster.ts';

const url = (cluster: TestCluster, path: string) => `http://127.0.0.1:${cluster.was.ports.admin}${path}`;
const WITH_TOKEN = { headers: { authorization: `Bearer ${TOKEN}` } };

describe('the admin port', () => {
  it('needs the token for /api, and for nothing else', async (t) => {
    const cluster = await TestCluster.open(t);
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: TOKEN }]) {
      const refused = await fetch(url(cluster, '/api/v1/status'), { headers });
      assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [401, 'UNAUTHORIZED']);
    }
    assert.equal((await fetch(url(cluster, '/livez'))).status, 200);
    assert.match(await (await fetch(url(cluster, '/'))).text(), /console comes with a later release/);
    assert.match(await (await fetch(url(cluster, '/metrics'))).text(), /^baton_leader_epoch 1$/m);
    assert.equal((await fetch(`http://127.0.0.1:${cluster.was.ports.probe}/livez`)).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${cluster.was.ports.probe}/api/v1/status`, WITH_TOKEN)).status, 404);
  });

  it('is ready when a configuration is applied and a host and an adapter are attached', async (t) => {
    const cluster = await TestCluster.open(t, '');
    const ready = async () => {
      const answer = await fetch(url(cluster, '/readyz'));
      return `${answer.status} ${await answer.text()}`.trim();
    };
    assert.equal(await ready(), '503 no configuration is applied');
    await cluster.apply(yamlOf());
    assert.equal(await ready(), '503 no worker host is attached');
    await cluster.host();
    assert.equal(await ready(), '503 no adapter is attached');
    await cluster.adapter('a');
    assert.equal(await ready(), '200 ok');
    assert.equal((await cluster.call<{ ready: boolean }>('GET', 'status')).ready, true);
  });

  it('prints every field of every noun', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    const [worker] = await cluster.call<Record<string, unknown>[]>('GET', 'workers?pool=shop');
    const fields = 'id pool slot host pid generation state startedAt uptimeMs requestsServed inFlight rssBytes'.split(' ');
    for (const field of fields) assert.ok(worker && field in worker, field);
    assert.deepEqual(
      [worker?.id, worker?.slot, worker?.host, worker?.requestsServed, worker?.inFlight],
      [workerId, 'shop/1', host.id, 0, 0],
    );
    assert.equal(new Date(String(worker?.startedAt)).toISOString(), worker?.startedAt);
    const [pool] = await cluster.call<Record<string, unknown>[]>('GET', 'pools');
    assert.deepEqual([pool?.name, pool?.state, pool?.workers, pool?.parked, pool?.apps], ['shop', 'started', 1, 0, ['shop']]);
    assert.equal((pool?.settings as { queueLength: number } | undefined)?.queueLength, 1000);
    assert.deepEqual(await cluster.call('GET', 'apps'), [
      { name: 'shop', pool: 'shop', entry: './shop.js', bindings: ['http://*:8080/'], urls: ['http://127.0.0.1:8080/'], version: '' },
    ]);
    const [channel] = await cluster.call<Record<string, unknown>[]>('GET', 'channels');
    assert.deepEqual(
      [channel?.adapter, channel?.channelId, channel?.pool, channel?.protocol, channel?.attached, channel?.connectedWorkers],
      ['a', 1, 'shop', 'http', true, [workerId]],
    );
    const [machine] = await cluster.call<Record<string, unknown>[]>('GET', 'hosts');
    assert.deepEqual([machine?.id, machine?.state, machine?.workers, machine?.capacity], ['h1', 'attached', 1, 10]);
  });

  it('names what is not there, and what is wrong', async (t) => {
    const cluster = await TestCluster.open(t);
    const failure = async (method: string, path: string, body?: string) => {
      const answer = await fetch(url(cluster, `/api/v1/${path}`), { ...WITH_TOKEN, method, ...(body === undefined ? {} : { body }) });
      const { code, message, hint } = (await answer.json()) as { code: string; message: string; hint: string };
      assert.ok(hint);
      return `${answer.status} ${code} ${message}`;
    };
    assert.equal(await failure('GET', 'pools/ship'), '404 NOT_FOUND there is no pool "ship"; there is shop');
    assert.equal(await failure('POST', 'pools/ship/stop'), '404 NOT_FOUND there is no pool "ship"; there is shop');
    assert.equal(await failure('GET', 'workers?pool=ship'), '404 NOT_FOUND there is no pool "ship"; there is shop');
    assert.match(await failure('GET', 'nothing'), /^404 NOT_FOUND there is no call \/api\/v1\/nothing/);
    assert.match(await failure('DELETE', 'pools/shop'), /^404 NOT_FOUND/);
    assert.match(await failure('POST', 'config', '{'), /^400 INVALID_ARGUMENT the body is not JSON/);
    assert.match(await failure('POST', 'config', '{}'), /^400 INVALID_ARGUMENT .*yaml is missing/);
    assert.match(await failure('GET', 'events?limit=x'), /^400 INVALID_ARGUMENT limit/);
  });

  it('lists the newest events and follows them line by line', async (t) => {
    const cluster = await TestCluster.open(t);
    const following = await fetch(url(cluster, '/api/v1/events/follow?pool=shop'), WITH_TOKEN);
    const reader = following.body!.getReader();
    await cluster.call('POST', 'pools/shop/stop');
    const { value } = await reader.read();
    const event = JSON.parse(Buffer.from(value ?? []).toString()) as { id: string; type: string; pool: string; at: string };
    assert.deepEqual([event.type, event.pool], ['pool.stopped', 'shop']);
    await reader.cancel();
    const listed = await cluster.call<{ id: string; type: string }[]>('GET', 'events?limit=1');
    assert.deepEqual(
      listed.map(({ id, type }) => [id, type]),
      [[event.id, 'pool.stopped']],
    );
  });

  it('tells what runs without Redis, and refuses what would have to be written', async (t) => {
    const { cluster } = await openReady(t);
    await cluster.redis.kill();
    await until(
      async () => !(await cluster.call<{ redisConnected: boolean }>('GET', 'status')).redisConnected,
      10_000,
      'the loss of Redis',
    );
    assert.equal((await cluster.call<unknown[]>('GET', 'workers')).length, 1);
    await assert.rejects(cluster.call('POST', 'pools/shop/stop'), /REDIS_UNREACHABLE/);
    await assert.rejects(cluster.apply('apiVersion: baton/v1\n'), /REDIS_UNREACHABLE/);
    await cluster.redis.start();
  });

  it('serves the same over gRPC with the token as metadata', async (t) => {
    const { cluster, workerId } = await openReady(t);
    const methods = grpcDefinition(admin.AdminService);
    const caller = new Caller(cluster.address, TOKEN);
    const stranger = new Caller(cluster.address, 'wrong');
    t.after(() =>
      [caller, stranger].forEach((one) => {
        one.close();
      }),
    );
    const workers = await caller.unary<unknown, admin.ListWorkersResponse>(methods.listWorkers!, create(admin.ListWorkersRequestSchema));
    assert.deepEqual(
      workers.workers.map(({ id }) => id),
      [workerId],
    );
    const stopped = await caller.unary<unknown, admin.StopPoolResponse>(
      methods.stopPool!,
      create(admin.StopPoolRequestSchema, { pool: 'shop' }),
    );
    assert.equal(stopped.pool?.state, 'stopped');
    await assert.rejects(
      caller.unary(methods.stopPool!, create(admin.StopPoolRequestSchema, { pool: 'ship' })),
      (error: ServiceError) => error.code === status.NOT_FOUND,
    );
    await assert.rejects(
      stranger.unary(methods.getStatus!, create(admin.GetStatusRequestSchema)),
      (error: ServiceError) => error.code === status.UNAUTHENTICATED,
    );
  });
});

describe('a configuration', () => {
  it('that is wrong is refused with every problem, and changes nothing', async (t) => {
    const cluster = await TestCluster.open(t);
    const answer = await fetch(url(cluster, '/api/v1/config'), {
      ...WITH_TOKEN,
      method: 'POST',
      body: JSON.stringify({ yaml: yamlOf({ pool: 'queueLenght: 5' }), file: 'b.yaml' }),
    });
    const { code, message } = (await answer.json()) as { code: string; message: string };
    assert.deepEqual([answer.status, code], [400, 'CONFIG_INVALID']);
    assert.match(message, /b\.yaml:3: .*queueLength/);
    assert.equal((await cluster.call<{ yaml: string }>('GET', 'config')).yaml, yamlOf());
  });

  it('says what it would do without doing it', async (t) => {
    const cluster = await TestCluster.open(t);
    const { changes, applied } = await cluster.apply(yamlOf({ pool: 'queueLength: 50, processModel: { idleTimeout: 5m }' }), true);
    assert.equal(applied, false);
    assert.deepEqual(
      changes.map(({ path, effect }) => [path, effect]),
      [
        ['pools.shop.queueLength', 'acts now'],
        ['pools.shop.processModel.idleTimeoutMs', 'running workers are recycled slot by slot'],
      ],
    );
    assert.equal((await cluster.call<{ yaml: string }>('GET', 'config')).yaml, yamlOf());
  });

  it('reaches adapters as changes only, and the workers by a recycle', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const heard = adapter.heard.length;
    await cluster.apply(yamlOf({ pool: 'queueLength: 50' }));
    const changed = await adapter.next('applicationPoolSettingsChanged');
    assert.equal(changed.settings?.queueLength, 50);
    assert.equal(adapter.heard.length, heard + 1);
    await cluster.apply(yamlOf({ pool: 'queueLength: 50, environmentVariables: { A: b, S: { fromEnv: SECRET } }' }));
    const { verb } = await host.nthStart(2);
    assert.ok(verb.case === 'start');
    assert.deepEqual(
      Object.entries(verb.value.environment).map(([name, { source }]) => [name, source.case, source.value]),
      [
        ['A', 'literal', 'b'],
        ['S', 'fromEnv', 'SECRET'],
      ],
    );
    assert.deepEqual([verb.value.app?.entry, verb.value.app?.ports, verb.value.idleTimeoutMs], ['./shop.js', [8080], 1_200_000]);
    await cluster.gone(workerId);
  });

  it('that drops a pool ends its workers, then the adapters forget it; one that brings it back starts afresh', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    await cluster.apply('apiVersion: baton/v1\n');
    assert.equal((await adapter.next('applicationDeleted')).appKey, 'shop');
    assert.equal((await adapter.next('applicationPoolStateChanged')).enabled, false);
    await host.stopOf(workerId);
    assert.equal((await adapter.next('applicationPoolDeleted')).poolId, 'shop');
    assert.deepEqual(await cluster.call('GET', 'pools'), []);
    await cluster.apply(yamlOf());
    await until(() => adapter.count('applicationPoolCreated') === 2, 10_000, 'the pool');
    await adapter.open('shop');
    assert.equal((await host.nthStart(2)).generation, 2, 'a generation is never used again');
  });

  it('that drops a pool leaves nothing to do for its slots, also when its channel is forgotten in the same step', async (t) => {
    const { cluster, adapter, workerId } = await openReady(t);
    adapter.isClosing = false;
    await cluster.apply('apiVersion: baton/v1\n');
    await cluster.gone(workerId);
    // WAS forgets the channel that the adapter did not close, and the pool with it: a look at the slot is still due then.
    await until(
      async () => {
        await cluster.pass(1_000);
        return adapter.count('applicationPoolDeleted') > 0;
      },
      10_000,
      'PoolDeleted',
    );
    assert.equal((await cluster.call<{ ready: boolean }>('GET', 'status')).ready, true);
  });
});
