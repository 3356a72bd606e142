import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { control, create } from '@baton/proto';
import { openRedis, orderQueue } from '@baton/store';
import { Queue } from 'bullmq';
import { takeRefusal } from './api/control/take.ts';
import { SECRET, TestCluster, yamlOf } from './testing/cluster.ts';
import { closed, openRing, type Ring, recycle, reportAll, resultOf, saved, slotOf, started, stopped } from './testing/recycling.ts';
import { ScriptedHost } from './testing/scripted-host.ts';

// Each test is named after an entry of FLAWS or BUGS in test/model, and takes the real WAS, on a real Redis, along its shortest trace.

const MAY_OPEN = 'applicationPoolCanOpenNewListenerChannelInstance';

/** The channel of adapter "b" is detached: its stream dropped more than 5 s ago. */
async function detachB({ cluster, b }: Ring): Promise<void> {
  b.drop();
  await until(() => !cluster.isAttached('b'), 10_000, 'the loss of the stream');
  await cluster.pass(6_000);
  await until(() => cluster.was.engine.cluster.channels.get('b/1')?.presence === 'detached', 10_000, 'the channel to be detached');
}

/** A host that is attached before it takes orders. */
function newHost(cluster: TestCluster): ScriptedHost {
  const { address, clusterId, redis } = cluster;
  const host = new ScriptedHost({ address, secret: SECRET, redisUrl: redis.url, clusterId, id: 'h1' });
  cluster.hosts.push(host);
  return host;
}

/** The orders that wait for host h1. */
function ordersOf(t: TestContext, { redis, clusterId }: TestCluster): Queue {
  const connection = openRedis(redis.url, { name: 'look' });
  const { name, prefix } = orderQueue(clusterId, 'h1');
  const queue = new Queue(name, { connection, prefix });
  t.after(async () => {
    await queue.close();
    connection.disconnect();
  });
  return queue;
}

const wishAnswer = (host: ScriptedHost, granted: boolean) =>
  until(() => host.wishAnswers.find((answer) => answer.granted === granted), 10_000, `an answer ${granted} to the wish`);

describe('the flaws of the model, at WAS', () => {
  it('no fromMayDie: a recycle ends although both workers die in it, and the slot gets another', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, old, home, away } = ring;
    b.answer = () => undefined;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    const asked = await b.next('handover');
    await until(() => slotOf(cluster).seats.get('a/1')?.who === to, 10_000, 'the answer of a');
    a.load('shop', 1, 0);
    await until(() => cluster.was.engine.attachedChannels('shop').some(({ parked }) => parked === 1), 10_000, 'the report of work');
    away.exit(to);
    await until(() => slotOf(cluster).change?.phase === 'rolling', 10_000, 'the roll-back');
    home.exit(old);
    // No adapter can give work back to a dead worker.
    for (const adapter of [a, b]) adapter.answer = ({ toWorkerId }) => (toWorkerId === old ? 'notReady' : 'done');
    b.reply(asked, 'done');
    assert.equal((await resultOf(ring, id)).result, 'failed');
    const next = await started(ring, 3);
    await cluster.state(next.workerId, 'ready');
    await until(() => slotOf(cluster).serving === next.workerId && !slotOf(cluster).change, 10_000, 'the slot to be calm');
    assert.equal((await saved(cluster)).changes.size, 0);
  });

  it('no reconcile: an adapter that registers after the commit is handed to the serving replacement once that is connected there', async (t) => {
    const ring = await openRing(t);
    const { cluster, home, old } = ring;
    home.obeysStop = false;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    await home.stopOf(old);
    const late = await cluster.adapter('late');
    await late.open('shop');
    const handover = await late.next('handover');
    assert.deepEqual([handover.fromWorkerId, handover.toWorkerId, handover.onlyIfIdle], ['', to, false]);
    assert.ok(
      ring.away.workers.get(to)?.connected.some(({ adapterId }) => adapterId === 'late'),
      'not before it is connected there',
    );
    home.exit(old, { planned: true });
    assert.equal((await resultOf(ring, id)).result, 'completed');
    await until(() => slotOf(cluster).seats.get('late/1')?.who === to, 10_000, 'its answer');
  });

  it('no answersNamed: a late answer to a recycle that is over does not count for the idle-out that runs now', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'recycling: { disallowOverlappingRotation: true }' }));
    const { cluster, a, b, home, old } = ring;
    home.obeysStop = false;
    a.drop();
    await until(() => !cluster.isAttached('a'), 10_000, 'the loss of the stream');
    await cluster.pass(6_000);
    const id = recycle(ring);
    await home.stopOf(old);
    a.answer = () => undefined;
    await a.register();
    const former = await a.next('handover', ({ toWorkerId }) => toWorkerId === '');
    home.exit(old, { planned: true });
    const { workerId: next, host } = await started(ring, 2);
    await cluster.state(next, 'ready');
    await until(() => host.workers.get(next)?.connected.length === 2, 10_000, 'both connections');
    b.report(id, 'shop/1', { inFlightAtHandover: 1, finished: 1, final: true });
    assert.equal((await resultOf(ring, id)).result, 'completed');
    b.eligible.set('shop/1', { workerId: next, generation: 2 });
    for (const adapter of [a, b]) adapter.load('shop', 0, 0);
    const isIdle = () => cluster.was.engine.attachedChannels('shop').every(({ parked, inFlight }) => parked === 0 && inFlight === 0);
    await until(isIdle, 10_000, 'the load reports');
    host.obeysStop = false;
    host.wishIdle(next);
    await b.next('handover', ({ onlyIfIdle }) => onlyIfIdle);
    a.reply(former, 'done');
    // What a says next belongs to the idle-out, and is its own answer: before it nothing is committed.
    const asked = await a.next('handover', ({ onlyIfIdle }) => onlyIfIdle);
    assert.deepEqual([asked.fromWorkerId, asked.recycleId === former.recycleId], [next, false]);
    assert.equal((await saved(cluster)).changes.get('shop/1')?.isCommitted ?? false, false);
    assert.deepEqual(stopped(ring.hosts), [old]);
    a.reply(former, 'done');
    a.reply(asked, 'busy');
    assert.match((await wishAnswer(host, false)).reason, /channel a\/1 has work/);
    assert.deepEqual(stopped(ring.hosts), [old]);
  });

  it('no idleNeedsAll: a worker with a link on a detached channel is not put away', async (t) => {
    const ring = await openRing(t);
    await detachB(ring);
    ring.home.wishIdle(ring.old);
    assert.match((await wishAnswer(ring.home, false)).reason, /channel b\/1 is not attached/);
    assert.deepEqual([ring.a.count('handover'), stopped(ring.hosts)], [0, []]);
  });

  it('no staleStepsDown: a leader whose order a host refuses as stale steps down and orders nothing more', async (t) => {
    const cluster = await TestCluster.open(t);
    const queue = ordersOf(t, cluster);
    const host = newHost(cluster);
    await host.attach();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const order = await until(async () => (await queue.getWaiting())[0], 10_000, 'the order');
    const { engine } = cluster.was;
    await cluster.openSecond();
    // The host reads epoch 2 in Redis and refuses what the first leader has ordered.
    const refusal = create(control.OrderRefusedSchema, { jobId: order.id!, epoch: 1, highestEpoch: 2, reason: 'stale' });
    assert.equal(takeRefusal(engine, engine.cluster.hosts.get('h1')!, refusal), 2, 'it meets the epoch that has replaced it');
    host.highestEpoch = 2;
    host.refuse(order.id!, 'stale');
    await until(() => cluster.replacedBy !== '', 10_000, 'the first leader to step down');
    cluster.time.advance(10_000);
    await cluster.call('GET', 'status');
    const ids = (await queue.getWaiting()).map(({ id }) => id);
    assert.deepEqual(ids, [order.id]);
  });

  it('no permissionNumbered: an Open that was overtaken by a new permission starts nothing', async (t) => {
    const ring = await openRing(t);
    const { cluster, a, b, home, old } = ring;
    home.wishIdle(old);
    const [{ permission }, ofB] = [await a.next(MAY_OPEN), await b.next(MAY_OPEN)];
    await cluster.gone(old);
    await a.open('shop', permission);
    const { workerId, host } = await started(ring, 2);
    await cluster.state(workerId, 'ready');
    for (const adapter of [a, b]) adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop').every(({ parked }) => parked === 0), 10_000, 'the load reports');
    host.exit(workerId);
    const newer = await b.next(MAY_OPEN, (next) => next.permission !== ofB.permission);
    await assert.rejects(b.open('shop', ofB.permission), /OPEN_NOT_PERMITTED/);
    await cluster.pass(3_000);
    assert.equal(
      ring.hosts.reduce((sum, { workers }) => sum + workers.size, 0),
      0,
    );
    // Its stream is as it was, and the permission that overtook the call is good.
    await b.open('shop', newer.permission);
    assert.equal((await started(ring, 3)).generation, 3);
  });

  it('commit-before-all: nothing is committed and nobody stopped while one attached adapter has not answered', async (t) => {
    const ring = await openRing(t);
    const { cluster, b, old } = ring;
    b.answer = () => undefined;
    const id = recycle(ring);
    const { workerId: to } = await started(ring, 2);
    const asked = await b.next('handover');
    await until(() => slotOf(cluster).seats.get('a/1')?.who === to, 10_000, 'the answer of a');
    await cluster.pass(3_000);
    const { serving, changes } = await saved(cluster);
    assert.deepEqual([serving.get('shop/1'), changes.get('shop/1')?.isCommitted, stopped(ring.hosts)], [old, false, []]);
    b.reply(asked, 'done');
    await ring.home.stopOf(old);
    reportAll(ring, id, cluster.time.now());
    assert.equal((await closed(ring, id)).outcome, 'completed');
  });

  it('idle-without-onlyIfIdle: the Handover of an idle-out says onlyIfIdle, and a busy adapter calls it off', async (t) => {
    const ring = await openRing(t);
    const { a, b, home, old, cluster } = ring;
    a.answer = ({ onlyIfIdle }) => (onlyIfIdle ? 'busy' : 'done');
    home.wishIdle(old);
    await wishAnswer(home, false);
    const asked = [...a.all('handover'), ...b.all('handover')].filter(({ toWorkerId }) => toWorkerId === '');
    assert.ok(asked.length > 0 && asked.every(({ onlyIfIdle }) => onlyIfIdle));
    await until(() => ['a/1', 'b/1'].every((ref) => slotOf(cluster).seats.get(ref)?.who === old), 10_000, 'everything to be given back');
    assert.deepEqual([slotOf(cluster).serving, stopped(ring.hosts)], [old, []]);
  });

  it('job-ids-survive: a start that the former leader left in the queue is dropped there, and ordered again by the next one', async (t) => {
    const cluster = await TestCluster.open(t);
    const adapter = await cluster.adapter('a');
    const host = newHost(cluster);
    await host.attach();
    await adapter.open('shop');
    const queue = ordersOf(t, cluster);
    await until(async () => (await queue.getWaiting())[0], 10_000, 'the order of the start');
    await cluster.restartWas();
    await adapter.register();
    await host.open();
    const start = await host.nthStart(1);
    assert.deepEqual([start.workerId, start.epoch], ['w1', 2]);
    await cluster.state('w1', 'ready');
    assert.equal(host.refused.length, 1, 'the order of epoch 1');
  });

  it('no leaving while the streams are down: a recycle is committed without a detached channel, and the stop names who takes over there', async (t) => {
    const ring = await openRing(t);
    const { b, home, old } = ring;
    await detachB(ring);
    recycle(ring);
    const { workerId: to, host } = await started(ring, 2);
    const start = host.starts().find(({ workerId }) => workerId === to)?.verb;
    assert.deepEqual(
      start?.case === 'start' && start.value.channels.map(({ adapterId, detached }) => [adapterId, detached]),
      [
        ['a', false],
        ['b', true],
      ],
      'it dials the detached channel too: whom else could that adapter turn to',
    );
    assert.equal((await home.stopOf(old)).successorWorkerId, to);
    assert.equal(b.count('handover'), 0);
  });
});
