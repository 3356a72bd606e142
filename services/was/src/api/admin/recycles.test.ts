import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { admin, control, create, grpcDefinition } from '@baton/proto';
import { openRedis, Store } from '@baton/store';
import { type ServiceError, status } from '@grpc/grpc-js';
import { Caller } from '../../testing/callers.ts';
import { openReady, TestCluster, TOKEN, yamlOf } from '../../testing/cluster.ts';

const { WorkerState } = control;

type Receipt = Record<string, unknown> & { id: string; outcome: string; phases: { name: string; ms: number }[] };
interface Answer {
  recycleIds: string[];
  holds: string[];
  refusals: { slot: string; code: string; message: string }[];
}

/** `recycle show --json` of contract.md. */
const FIELDS =
  'id pool slot cause requestedBy reason outcome oldWorker newWorker oldHost newHost oldGeneration newGeneration startedAt endedAt phases overlapMs inFlightAtHandover finished moved replayed failed longestHoldMs incomplete traceId';

/** The slot of a worker that its host ends is empty until it has ended. */
const ONE_AT_A_TIME = 'recycling: { disallowOverlappingRotation: true }';

const recycle = (cluster: TestCluster, body: unknown = {}) => cluster.call<Answer>('POST', 'pools/shop/recycle', body);

describe('a recycle that an operator asks for', () => {
  it('has a receipt with every field of the contract, null where there is nothing yet, and is waited for', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    host.onStart = () => 'spawn';
    const { recycleIds } = await recycle(cluster, { reason: 'deploy\nof today' });
    const [id] = recycleIds;
    const { workerId: next } = await host.nthStart(2);
    const running = await cluster.call<Receipt>('GET', `recycles/${id}`);
    for (const field of FIELDS.split(' ')) assert.ok(field in running, field);
    assert.deepEqual(
      [running.outcome, running.oldWorker, running.newWorker, running.endedAt, running.overlapMs, running.inFlightAtHandover],
      ['running', workerId, next, null, null, null],
    );
    assert.deepEqual([running.cause, running.requestedBy, running.reason], ['onDemand', 'admin', 'deploy of today']);
    const waiting = cluster.call<Receipt>('GET', `recycles/${id}?waitMs=10000`);
    host.connect(next);
    const ended = await waiting;
    assert.deepEqual([ended.outcome, ended.newWorker, ended.inFlightAtHandover, ended.failed], ['completed', next, 0, 0]);
    assert.match(String(ended.endedAt), /^\d{4}-\d\d-\d\dT/);
    assert.ok(ended.phases.length > 0 && ended.phases.every(({ name, ms }) => name !== '' && ms >= 0));
    assert.deepEqual(
      (await cluster.call<Receipt[]>('GET', 'recycles?pool=shop&limit=1')).map((receipt) => receipt.id),
      [id],
    );
  });

  it('joins the one that runs already', async (t) => {
    const { cluster, host } = await openReady(t);
    host.onStart = () => 'spawn';
    const first = await recycle(cluster);
    assert.deepEqual(await recycle(cluster), first);
    assert.deepEqual((await cluster.call<{ recycles: string[] }>('GET', 'pools/shop')).recycles, first.recycleIds);
  });

  it('of a pool of which a worker is ending begins for the others, and tells for which slot it was refused', async (t) => {
    const cluster = await TestCluster.open(
      t,
      yamlOf({ pool: `startMode: alwaysRunning, processModel: { maxProcesses: 2 }, ${ONE_AT_A_TIME}` }),
    );
    const host = await cluster.host();
    await (await cluster.adapter('a')).open('shop');
    const orders = [await host.nthStart(1), await host.nthStart(2)].sort((one, other) => one.slot.localeCompare(other.slot));
    for (const { workerId } of orders) await cluster.state(workerId, 'ready');
    host.onStart = () => 'spawn';
    host.report(orders[1]!.workerId, WorkerState.STOPPING);
    await cluster.state(orders[1]!.workerId, 'stopping');
    const { recycleIds, refusals } = await recycle(cluster);
    const receipts = await cluster.call<Receipt[]>('GET', 'recycles');
    assert.deepEqual(
      receipts.map(({ id, slot }) => [id, slot]),
      recycleIds.map((id) => [id, 'shop/1']),
    );
    const message = `worker ${orders[1]!.workerId} of shop/2 is ending already: unasked`;
    assert.deepEqual([recycleIds.length, refusals], [1, [{ slot: 'shop/2', code: 'RECYCLE_REFUSED', message }]]);
  });

  it('of a pool whose every worker is ending is refused', async (t) => {
    const { cluster, host, workerId } = await openReady(t, yamlOf({ pool: ONE_AT_A_TIME }));
    host.report(workerId, WorkerState.STOPPING);
    await cluster.state(workerId, 'stopping');
    await assert.rejects(recycle(cluster), new RegExp(`RECYCLE_REFUSED: worker ${workerId} of shop/1 is ending already`));
  });

  it('is not answered with an id whose receipt a new leader does not know', async (t) => {
    const { cluster } = await openReady(t);
    const stale = cluster.was;
    await cluster.openSecond();
    const answer = await fetch(`http://127.0.0.1:${stale.ports.admin}/api/v1/pools/shop/recycle`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [409, 'STALE_EPOCH']);
    assert.deepEqual(await cluster.call('GET', 'recycles'), []);
    const { recycleIds } = await recycle(cluster);
    assert.deepEqual(
      (await cluster.call<Receipt[]>('GET', 'recycles')).map(({ id }) => id),
      recycleIds,
    );
  });

  it('is answered when Redis has taken its receipt', async (t) => {
    const { cluster } = await openReady(t);
    const redis = openRedis(cluster.redis.url, { name: 'refuse' });
    t.after(() => redis.disconnect());
    const { receipts } = cluster.was.engine;
    await redis.config('SET', 'min-replicas-to-write', '1');
    let answered: Answer | undefined;
    const asked = recycle(cluster).then((answer) => {
      answered = answer;
      return answer;
    });
    await until(() => receipts.running.length === 1, 10_000, 'the recycle');
    // Another answer over the same way: the first would have come before it.
    await cluster.call('GET', 'pools');
    assert.equal(answered, undefined);
    await redis.config('SET', 'min-replicas-to-write', '0');
    const writing = setInterval(() => receipts.retry(), 20);
    const { recycleIds } = await asked.finally(() => clearInterval(writing));
    assert.equal((await new Store(redis, cluster.clusterId).receipt(recycleIds[0]!))?.id, recycleIds[0]);
  });

  it('of an idle pool does nothing, and of a stopped one is refused', async (t) => {
    const cluster = await TestCluster.open(t);
    assert.deepEqual(await recycle(cluster), { recycleIds: [], holds: [], refusals: [] });
    await cluster.call('POST', 'pools/shop/stop');
    await assert.rejects(recycle(cluster), /POOL_STOPPED: pool shop is stopped \(admin\)/);
    await assert.rejects(cluster.call('POST', 'pools/ship/recycle'), /NOT_FOUND: there is no pool "ship"; there is shop/);
  });

  it('is only weighed in a dry run', async (t) => {
    const { cluster, host } = await openReady(t);
    assert.deepEqual(await recycle(cluster, { dryRun: true }), { recycleIds: [], holds: [], refusals: [] });
    host.onStart = () => 'spawn';
    const { recycleIds } = await recycle(cluster);
    const { holds } = await recycle(cluster, { dryRun: true });
    assert.equal(holds.length, 1);
    assert.ok(holds[0]?.includes(recycleIds[0]!), holds[0]);
  });

  it('that fails says why', async (t) => {
    const { cluster, host, workerId } = await openReady(t);
    host.onStart = () => 'spawn';
    const { recycleIds } = await recycle(cluster);
    host.exit((await host.nthStart(2)).workerId, { errorCode: 'APP_THREW', message: 'no database\n    at connect' });
    const receipt = await cluster.call<Receipt>('GET', `recycles/${recycleIds[0]}?waitMs=10000`);
    assert.deepEqual([receipt.outcome, receipt.overlapMs], ['failed', null]);
    assert.equal(receipt.failure, 'the replacement died: APP_THREW: no database at connect');
    await cluster.state(workerId, 'ready');
  });

  it('is answered as not found when no receipt is kept, and refused with a wrong wait or limit', async (t) => {
    const cluster = await TestCluster.open(t);
    await assert.rejects(cluster.call('GET', 'recycles/recycle-1-1'), /NOT_FOUND: there is no recycle "recycle-1-1"/);
    await assert.rejects(cluster.call('GET', 'recycles/x?waitMs=soon'), /INVALID_ARGUMENT: waitMs is a number from 0, got NaN/);
    await assert.rejects(cluster.call('GET', 'recycles?limit=1001'), /INVALID_ARGUMENT: limit is a number from 0 to 1000/);
    await assert.rejects(cluster.call('GET', 'recycles?pool=ship'), /NOT_FOUND/);
  });

  it('can be asked for and followed over gRPC', async (t) => {
    const { cluster } = await openReady(t);
    const methods = grpcDefinition(admin.AdminService);
    const caller = new Caller(cluster.address, TOKEN);
    t.after(() => caller.close());
    const begun = await caller.unary<unknown, admin.RecyclePoolResponse>(
      methods.recyclePool!,
      create(admin.RecyclePoolRequestSchema, { pool: 'shop' }),
    );
    const [id] = begun.recycleIds;
    const { recycle: ended } = await caller.unary<unknown, admin.GetRecycleResponse>(
      methods.getRecycle!,
      create(admin.GetRecycleRequestSchema, { id: id!, waitMs: 10_000 }),
    );
    assert.equal(ended?.outcome, 'completed');
    const { recycles } = await caller.unary<unknown, admin.ListRecyclesResponse>(
      methods.listRecycles!,
      create(admin.ListRecyclesRequestSchema),
    );
    assert.equal(recycles[0]?.id, id);
    await assert.rejects(
      caller.unary(methods.getRecycle!, create(admin.GetRecycleRequestSchema, { id: 'x' })),
      (error: ServiceError) => error.code === status.NOT_FOUND,
    );
  });
});

describe('logEventOnRecycle', () => {
  const told = async (cluster: TestCluster) =>
    (await cluster.call<{ type: string }[]>('GET', 'events?pool=shop'))
      .map(({ type }) => type)
      .filter((type) => /^(recycle|handover)/.test(type));

  it('leaves out the events of recycles with other causes, but never a failure', async (t) => {
    const { cluster, host } = await openReady(t, yamlOf({ pool: 'recycling: { logEventOnRecycle: [time] }' }));
    const { recycleIds } = await recycle(cluster);
    await cluster.call('GET', `recycles/${recycleIds[0]}?waitMs=10000`);
    assert.deepEqual(await told(cluster), []);
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    const failing = await recycle(cluster);
    await cluster.call('GET', `recycles/${failing.recycleIds[0]}?waitMs=10000`);
    assert.deepEqual(await told(cluster), ['recycle.failed']);
  });

  it('tells all of them by default', async (t) => {
    const { cluster } = await openReady(t);
    const { recycleIds } = await recycle(cluster);
    await cluster.call('GET', `recycles/${recycleIds[0]}?waitMs=10000`);
    assert.deepEqual(await told(cluster), ['recycle.begun', 'handover.done', 'recycle.committed', 'recycle.completed']);
  });
});
