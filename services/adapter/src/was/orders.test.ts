import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applicationCreated, canOpenNew, FakeSession, handover, poolCreated } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { create, listener } from '@baton/proto';
import { status } from '@grpc/grpc-js';
import { setUp } from '../testing/played-stage.ts';
import { SHOP } from '../testing/stage.ts';

describe('opening', () => {
  it('asks for a worker with permission 0 at the first request, once for all that wait', async () => {
    await using t = await setUp();
    const clients = await Promise.all(Array.from({ length: 10 }, () => t.get()));
    const open = await t.was.nthOpen();
    assert.deepEqual([open.adapterId, open.poolId, open.channelId, open.permission], ['a1', 'shop', 1, 0]);
    await until(() => t.service.adapter.pools.get('shop')!.place.parked.size === 10);
    const worker = t.connect();
    for (let n = 1; n <= 10; n++) (await worker.request(n)).answer();
    for (const client of clients) await client.until(/x-baton-activation: cold; ms=\d+; cause=first-request\r\n[\s\S]*ok$/);
    assert.equal(t.was.opens.length, 1);
  });

  it('treats CanOpenNew as a permission: nothing is opened without work', async () => {
    await using t = await setUp();
    await t.get();
    await t.was.nthOpen();
    const worker = t.connect();
    (await worker.request()).answer();
    t.was.send(handover({ toWorkerId: '', onlyIfIdle: true }));
    await t.was.nth('handoverAnswer');
    t.was.send(canOpenNew('shop', 1, 77));
    await t.get();
    const second = await t.was.nthOpen(2);
    assert.equal(second.permission, 77);
    assert.equal(t.was.opens.length, 2);
  });

  it('does not ask without a permission', async () => {
    await using t = await setUp();
    await t.get();
    await t.was.nthOpen();
    await t.get();
    await until(() => t.service.adapter.pools.get('shop')!.place.parked.size === 2);
    await t.was.nth('loadReport');
    assert.equal(t.was.opens.length, 1);
  });

  it('repeats an Open that was not answered, with the same number', async () => {
    await using t = await setUp({ before: (was) => (was.openStatus = status.UNAVAILABLE) });
    await t.get();
    await until(() => t.was.calls.length > 0);
    t.was.openStatus = undefined;
    assert.equal((await t.was.nthOpen()).permission, 0);
  });

  it('waits for the next permission when an Open is refused', async () => {
    await using t = await setUp({ before: (was) => (was.openStatus = status.INVALID_ARGUMENT) });
    await t.get();
    await until(() => t.was.calls.length === 1);
    t.was.openStatus = undefined;
    t.was.send(canOpenNew('shop', 1, 5));
    assert.equal((await t.was.nthOpen()).permission, 5);
    assert.equal(t.was.calls.length, 2);
  });

  it('happens at once for a pool that always runs', async () => {
    await using t = await setUp({ configuration: [poolCreated('shop', { startMode: 'alwaysRunning' }), SHOP[1]] });
    assert.equal((await t.was.nthOpen()).permission, 0);
  });

  it('asks while the eligible worker is not connected here', async () => {
    await using t = await setUp();
    const worker = t.connect();
    worker.state = 'suspended';
    t.service.adapter.pools.get('shop')!.place.changed();
    await t.get();
    await t.was.nthOpen();
  });
});

describe('callbacks', () => {
  it('obey Handover in one step and answer with its id', async () => {
    await using t = await setUp();
    const old = t.connect();
    t.was.send(handover({ recycleId: 'r7' }));
    const early = await t.was.nth('handoverAnswer');
    assert.deepEqual([early.recycleId, early.poolId, early.channelId, early.answer.case], ['r7', 'shop', 1, 'notReady']);
    await t.get();
    await old.request();
    t.connect(new FakeSession({ generation: 2, role: 'replacement:r7' }));
    t.was.send(handover({ recycleId: 'r7' }));
    const { answer } = await t.was.nth('handoverAnswer', 2);
    assert.ok(answer.case === 'done');
    assert.equal(answer.value.inFlight, 1);
    assert.deepEqual(old.frames, ['open /', 'drain']);
    t.was.send(handover({ recycleId: 'r8', fromWorkerId: 'w2', toWorkerId: '', onlyIfIdle: true }));
    const busy = await t.was.nth('handoverAnswer', 3);
    assert.ok(busy.answer.case === 'busy');
    assert.equal(busy.answer.value.inFlight, 1);
  });

  it('end the requests of a worker that is gone, and of nobody else', async () => {
    await using t = await setUp();
    const worker = t.connect();
    const client = await t.get();
    client.send('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await worker.request();
    (await worker.request()).answer();
    await worker.request(2);
    const facts = { poolId: 'shop', slot: 'shop/1', workerId: 'w1', cause: 'killed by SIGKILL', planned: false };
    t.was.send({ case: 'instanceGone', value: create(listener.InstanceGoneSchema, facts) });
    await client.until(/502 Bad Gateway[\s\S]*killed by SIGKILL/);
  });

  it('refuse what waits when the pool stops, and name why none starts', async () => {
    await using t = await setUp();
    const client = await t.get();
    await t.was.nthOpen();
    const failing = create(listener.ActivationFailingSchema, { poolId: 'shop', code: 'APP_THREW', cause: 'no express' });
    t.was.send({ case: 'activationFailing', value: failing });
    await until(() => t.service.adapter.pools.get('shop')!.place.fault?.code === 'APP_THREW');
    const changed = create(listener.ApplicationPoolStateChangedSchema, { poolId: 'shop', enabled: false, cause: 'stopped by an operator' });
    t.was.send({ case: 'applicationPoolStateChanged', value: changed });
    await client.until(/503 Service Unavailable[\s\S]*POOL_STOPPED[\s\S]*stopped by an operator/);
  });

  it('open and close ports as applications come and go', async () => {
    await using t = await setUp();
    t.was.send(applicationCreated('more', 'shop', ['http://127.0.0.1:0/more/']));
    t.was.send({ case: 'applicationDeleted', value: create(listener.ApplicationDeletedSchema, { appKey: 'shop' }) });
    await until(() => t.service.adapter.sites.keys().join() === 'more' && t.service.adapter.httpPort(0) > 0);
    const worker = t.connect();
    await until(async () => {
      const client = await t.get('/more/x').catch(() => undefined);
      return (
        client && (await until(() => worker.streams.length > 0 || client.hasEnded, 1_000).catch(() => false)) && worker.streams.length > 0
      );
    });
  });
});
