import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { KeySet, verifyIdentity } from '@baton/channel';
import { until } from '@baton/core';
import type { control } from '@baton/proto';
import { decodeProtectedHeader } from 'jose';
import { LIMITS } from '../limits.ts';
import { openReady, TestCluster } from '../testing/cluster.ts';
import type { ScriptedAdapter } from '../testing/scripted-adapter.ts';

interface Key {
  id: string;
  state: string;
  goodUntil?: string;
}

const keys = (cluster: TestCluster) => cluster.call<Key[]>('GET', 'keys');
const rotate = (cluster: TestCluster) => cluster.call<Key[]>('POST', 'keys/rotate');
const idsIn = (jwks: string): string[] => (JSON.parse(jwks) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
const published = (adapter: ScriptedAdapter): string =>
  adapter.all('workerKeysChanged').at(-1)?.workerKeysJwks ?? adapter.all('configManagerConnected').at(-1)!.workerKeysJwks;
const kidOf = (token: string) => decodeProtectedHeader(token).kid;

/** The public half of a private one (RFC 8037: a seed of 32 bytes). */
function publicHalf(seed: string): string {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = createPrivateKey({ key: Buffer.concat([prefix, Buffer.from(seed, 'base64url')]), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'jwk' }).x!;
}

function startOf({ verb }: control.Order): control.Start {
  assert.ok(verb.case === 'start');
  return verb.value;
}

describe('the identity of a worker', () => {
  it('is signed with the published key and names the key that only this worker gets', async (t) => {
    const { cluster, host, adapter } = await openReady(t);
    const { identityToken, proofKey } = startOf(await host.nthStart(1));
    assert.deepEqual(idsIn(published(adapter)), [kidOf(identityToken)]);
    const { confirmation, workerId } = await verifyIdentity(KeySet.of(published(adapter)), identityToken);
    assert.deepEqual([workerId, confirmation?.publicKey], ['w1', publicHalf(proofKey)]);
    assert.doesNotMatch(published(adapter), /"d"/, 'the private half is told to nobody');
    const told = JSON.stringify([await cluster.call('GET', 'workers'), await cluster.call('GET', 'events'), await keys(cluster)]);
    assert.ok(!told.includes(proofKey));
  });

  it('names another key for each worker', async (t) => {
    const { cluster, host } = await openReady(t);
    await cluster.call('POST', 'pools/shop/recycle', {});
    const [first, second] = [startOf(await host.nthStart(1)), startOf(await host.nthStart(2))];
    assert.notEqual(first.proofKey, second.proofKey);
  });

  it('names the same key in every order, also of another leader, so that a running worker can dial further channels', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const { proofKey } = startOf(await host.nthStart(1));
    const connects = host.orders.filter(({ verb }) => verb.case === 'connect').length;
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    const other = await cluster.adapter('b');
    await other.open('shop');
    await until(() => host.orders.filter(({ verb }) => verb.case === 'connect').length > connects, 10_000, 'the order to connect');
    const { verb } = host.orders.findLast((order) => order.verb.case === 'connect' && order.workerId === workerId)!;
    assert.ok(verb.case === 'connect');
    assert.equal(verb.value.proofKey, proofKey);
    const { confirmation } = await verifyIdentity(KeySet.of(published(other)), verb.value.identityToken);
    assert.equal(confirmation?.publicKey, publicHalf(proofKey));
  });
});

describe('the rotation of keys', () => {
  it('publishes the next key, signs with it a moment later, and keeps the former one until its last token expires', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const tcp = await cluster.adapter('a', 'tcp');
    const [former] = await keys(cluster);
    const [, next] = await rotate(cluster);
    assert.deepEqual([former?.state, next?.state], ['current', 'next']);
    assert.deepEqual((await rotate(cluster)).length, 2, 'one that is under way is it');
    for (const one of [adapter, tcp]) {
      await one.next('workerKeysChanged');
      assert.deepEqual(idsIn(published(one)), [former!.id, next!.id]);
    }
    await cluster.pass(LIMITS.keyAheadMs);
    const now = await keys(cluster);
    assert.deepEqual(
      now.map(({ id, state }) => [id, state]),
      [
        [former!.id, 'previous'],
        [next!.id, 'current'],
      ],
    );
    await cluster.call('POST', 'pools/shop/recycle', {});
    assert.equal(kidOf(startOf(await host.nthStart(2)).identityToken), next!.id);
    await cluster.gone(workerId);
    const oldToken = startOf(await host.nthStart(1)).identityToken;
    await verifyIdentity(KeySet.of(published(adapter)), oldToken);

    await until(
      async () => {
        cluster.time.advance(60_000);
        await keys(cluster);
        return idsIn(published(adapter)).length === 1;
      },
      20_000,
      'the end of the former key',
    );
    assert.deepEqual(idsIn(published(adapter)), [next!.id]);
    await assert.rejects(verifyIdentity(KeySet.of(published(adapter)), oldToken), { reason: 'unknown-key' });
    assert.deepEqual([adapter.error, tcp.error, adapter.count('configManagerConnected')], [undefined, undefined, 1], 'nothing drops');
    assert.equal((await cluster.call<{ type: string }[]>('GET', 'events')).filter(({ type }) => type === 'keys.rotated').length, 1);
  });

  it('happens with the leader: what the one before signed stays good until it expires', async (t) => {
    const { cluster, host, adapter } = await openReady(t);
    const { identityToken } = startOf(await host.nthStart(1));
    await cluster.restartWas();
    await adapter.register();
    const { workerKeyJwk, workerKeysJwks } = adapter.all('configManagerConnected').at(-1)!;
    const [former, current] = await keys(cluster);
    assert.deepEqual([former?.state, current?.state], ['previous', 'current']);
    assert.deepEqual(idsIn(workerKeysJwks), [kidOf(identityToken), current?.id]);
    assert.equal((JSON.parse(workerKeyJwk) as { kid: string }).kid, current?.id);
    await verifyIdentity(KeySet.of(workerKeysJwks), identityToken);
  });

  it('happens by itself when a key has signed long enough', async (t) => {
    const cluster = await TestCluster.open(t);
    const [first] = await keys(cluster);
    await cluster.pass(60_000);
    assert.equal((await keys(cluster)).length, 1);
    cluster.time.advance(43_200_000);
    await until(
      async () => {
        await cluster.pass(5_000);
        return (await keys(cluster)).some(({ state, id }) => state === 'current' && id !== first!.id);
      },
      20_000,
      'the next key',
    );
  });

  it('is refused while too many former keys are good, and without Redis', async (t) => {
    const cluster = await TestCluster.open(t);
    for (let made = 1; made < LIMITS.maxKeys; made++) {
      await rotate(cluster);
      await cluster.pass(LIMITS.keyAheadMs);
    }
    await assert.rejects(rotate(cluster), /ROTATION_REFUSED: 32 keys are still good/);
    await cluster.redis.close();
    await until(
      async () => !(await cluster.call<{ redisConnected: boolean }>('GET', 'status')).redisConnected,
      10_000,
      'the loss of Redis',
    );
    await assert.rejects(rotate(cluster), /REDIS_UNREACHABLE/);
  });
});
