import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WasLink } from '@baton/adapter-kit';
import { applicationCreated, FakeSession, handover, poolCreated, ScriptedWas } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { create, listener } from '@baton/proto';
import { probe, setUp } from '../testing/played-stage.ts';
import { SHOP } from '../testing/stage.ts';

describe('registration', () => {
  it('names adapter, protocol and process, with the shared secret, and is ready after the whole configuration', async () => {
    await using t = await setUp();
    const register = await t.was.nth('register');
    assert.deepEqual([register.adapterId, register.protocolId, register.pid, register.channels.length], ['a1', 'http', process.pid, 0]);
    assert.deepEqual(t.was.authorizations, ['Bearer s3cret']);
    assert.equal(await probe(t.service, '/readyz'), '200 ok\n');
    assert.ok(t.service.adapter.httpPort(0) > 0);
  });

  it('waits for WAS when it is fresh: not ready, no port open', async () => {
    await using t = await setUp({ answersRegister: false });
    await t.was.nth('register');
    assert.equal(await probe(t.service, '/readyz'), '503 waiting for WAS\n');
    assert.equal(await probe(t.service, '/livez'), '200 ok\n');
    assert.equal(t.service.adapter.httpPort(0), 0);
  });

  it('comes again after the stream was lost, with channels, blobs, and per slot who is eligible and the last Handover', async () => {
    await using t = await setUp();
    const client = await t.get();
    await t.was.nthOpen();
    const worker = t.connect();
    await worker.request();
    t.connect(new FakeSession({ generation: 2, role: 'replacement:r1' }));
    t.was.send(handover({}));
    await t.was.nth('handoverAnswer');
    t.was.down();
    await t.was.up();
    const { channels, highestEpoch } = await t.was.nth('register', 2);
    assert.equal(highestEpoch, 1);
    const blob = JSON.parse(Buffer.from(channels[0]!.blob).toString());
    assert.deepEqual([blob.adapterId, blob.channelId, blob.pool, blob.v], ['a1', 1, 'shop', 1]);
    const { slot, eligibleWorkerId, eligibleGeneration, lastRecycleId, lastInFlight, highestGeneration } = channels[0]!.slots[0]!;
    assert.deepEqual(
      [slot, eligibleWorkerId, eligibleGeneration, lastRecycleId, lastInFlight, highestGeneration],
      ['shop/1', 'w2', 2, 'r1', 1, 2],
    );
    (await worker.request()).answer();
    await client.until(/ok$/);
  });

  it('drops pools and applications that are not sent again', async () => {
    await using t = await setUp({
      configuration: [...SHOP, poolCreated('old'), applicationCreated('old', 'old', ['http://old.example:0/'])],
    });
    assert.deepEqual([...t.service.adapter.pools.keys()], ['shop', 'old']);
    t.was.configuration = [...SHOP];
    t.was.down();
    await t.was.up();
    await until(() => t.service.adapter.pools.size === 1);
    assert.deepEqual(t.service.adapter.sites.keys(), ['shop']);
  });

  it('is given up and tried anew when ConfigManagerConnected does not come', async () => {
    await using was = await ScriptedWas.start();
    was.answersRegister = false;
    const losses: string[] = [];
    const link = new WasLink({
      addresses: [was.address],
      secret: 's3cret',
      register: () => create(listener.RegisterSchema, { adapterId: 'a1', protocolId: 'http' }),
      onCallback: () => {},
      onLost: (reason) => losses.push(reason),
      connectLimitMs: 100,
    });
    link.open();
    await was.nth('register', 3);
    link.close();
    assert.deepEqual(losses, [`${was.address} did not connect within 100 ms`], 'said once, until it is connected again');
  });

  it('leaves a leader whose epoch is below the highest it registered with, and obeys nothing of it', async () => {
    await using t = await setUp();
    t.was.epoch = 5;
    t.was.send(poolCreated('five'));
    await until(() => t.service.adapter.pools.has('five'));
    t.was.send(poolCreated('four'), 4);
    const again = await t.was.nth('register', 2);
    assert.equal(again.highestEpoch, 5);
    assert.equal(t.service.adapter.pools.has('four'), false);
  });

  it('is not needed to go on serving', async () => {
    await using t = await setUp();
    const worker = t.connect();
    t.was.down();
    const client = await t.get();
    (await worker.request()).answer('without WAS');
    await client.until(/without WAS$/);
    assert.equal(await probe(t.service, '/readyz'), '200 ok\n');
  });
});

describe('stopping', () => {
  it('is not ready while it drains, then takes leave: CloseAll, AllStopped, Unregister', async () => {
    await using t = await setUp();
    const client = await t.get();
    await t.was.nthOpen();
    const worker = t.connect();
    const stream = await worker.request();
    const stopped = t.service.stop();
    await until(async () => (await probe(t.service, '/readyz')) === '503 draining\n');
    assert.deepEqual(t.was.calls, ['open']);
    stream.answer('last words');
    await client.until(/Connection: close[\s\S]*last words$/);
    client.socket.end();
    await stopped;
    assert.deepEqual(t.was.calls, ['open', 'closeAll', 'unregister']);
  });
});

describe('metrics', () => {
  it('count what the request path did, by pool', async () => {
    await using t = await setUp();
    const worker = t.connect();
    const client = await t.get();
    (await worker.request()).answer();
    await client.until(/ok$/);
    const text = await probe(t.service, '/metrics');
    assert.match(text, /^baton_requests_total\{pool="shop",protocol="http",outcome="answered"\} 1$/m);
    assert.match(text, /^baton_requests_total\{pool="shop",protocol="http",outcome="failed"\} 0$/m);
    assert.match(text, /^baton_connections\{protocol="http"\} 1$/m);
    assert.match(text, /^baton_was_connected 1$/m);
  });
});
