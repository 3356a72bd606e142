import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { clusterKeys, openRedis } from '@baton/store';
import { LIMITS } from '../limits.ts';
import { TestCluster, yamlOf } from '../testing/cluster.ts';
import type { ScriptedAdapter } from '../testing/scripted-adapter.ts';
import type { ScriptedHost } from '../testing/scripted-host.ts';

interface Receipt {
  id: string;
  slot: string;
  cause: string;
  requestedBy: string;
  outcome: string;
  failure: string;
  oldWorker: string | null;
  newWorker: string | null;
}
interface Pool {
  recycles: string[];
  rollout?: { state: string; done: number; workers: number; slot: string; cause: string; recycleId: string };
}

const SLOTS = 'startMode: alwaysRunning, processModel: { maxProcesses: 2 }';
const version = (number: number, more = '') => yamlOf({ pool: `${SLOTS}${more && `, ${more}`}`, app: `version: "${number}"` });

/** Two slots of version 1 that serve. */
async function openTwo(t: TestContext, yaml = version(1)) {
  const cluster = await TestCluster.open(t, yaml);
  const host = await cluster.host();
  const adapter = await cluster.adapter('a');
  await adapter.open('shop');
  for (const { workerId } of [await host.nthStart(1), await host.nthStart(2)]) await cluster.state(workerId, 'ready');
  return { cluster, host, adapter };
}

const versionsOf = (host: ScriptedHost) => host.starts().map(({ slot }) => slot);
const pool = (cluster: TestCluster) => cluster.call<Pool>('GET', 'pools/shop');
const recycles = (cluster: TestCluster) => cluster.call<Receipt[]>('GET', 'recycles');
const eventsOf = async (cluster: TestCluster, type: RegExp) =>
  (await cluster.call<{ type: string; message: string; slot: string; cause: string }[]>('GET', 'events?pool=shop')).filter((event) =>
    type.test(event.type),
  );

/** The rollout of the pool is through. */
async function settled(cluster: TestCluster): Promise<void> {
  await until(async () => !(await pool(cluster)).rollout, 10_000, 'the end of the rollout');
}

/** A replacement has failed. */
async function stopped(cluster: TestCluster): Promise<void> {
  await until(async () => (await pool(cluster)).rollout?.state === 'stopped', 10_000, 'the stop of the rollout');
}

/** Version 2 has taken over in the first slot and nowhere else; returns its worker. */
async function rolledToFirst(cluster: TestCluster, host: ScriptedHost, yaml = version(2)): Promise<string> {
  const before = host.starts().length;
  await cluster.apply(yaml);
  const { slot, workerId } = await host.nthStart(before + 1);
  assert.equal(slot, 'shop/1');
  await until(async () => (await recycles(cluster))[0]?.outcome === 'completed', 10_000, 'the end of the first recycle');
  return workerId;
}

/** The adapter registers anew with what it has. */
function tellServing(cluster: TestCluster, adapter: ScriptedAdapter): void {
  for (const { serving, name } of cluster.was.engine.cluster.pools.get('shop')!.slots.values()) {
    const { generation } = cluster.was.engine.cluster.workers.get(serving)!.record;
    adapter.eligible.set(name, { workerId: serving, generation });
  }
}

describe('a changed version', { concurrency: 4 }, () => {
  it('is rolled out slot by slot, the next when the former has completed', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.obeysStop = false;
    await cluster.apply(version(2));
    const third = await host.nthStart(3);
    assert.equal(third.slot, 'shop/1');
    const old = host.starts().find(({ slot }) => slot === 'shop/1')!.workerId;
    await host.stopOf(old);
    await cluster.pass(3_000);
    const { rollout, recycles: running } = await pool(cluster);
    assert.deepEqual([rollout?.state, rollout?.done, rollout?.workers, running.length], ['running', 1, 2, 1]);
    assert.equal(host.starts().length, 3, 'the second slot waits for the end of the first one');
    host.obeysStop = true;
    host.exit(old, { planned: true });
    assert.equal((await host.nthStart(4)).slot, 'shop/2');
    await settled(cluster);
    assert.deepEqual(
      (await recycles(cluster)).map(({ slot, cause, requestedBy, outcome }) => [slot, cause, requestedBy, outcome]),
      [
        ['shop/2', 'configChange', 'apply', 'completed'],
        ['shop/1', 'configChange', 'apply', 'completed'],
      ],
    );
    assert.deepEqual(
      (await eventsOf(cluster, /^rollout/)).map(({ type }) => type),
      ['rollout.begun', 'rollout.completed'],
    );
  });

  it('stops at the first replacement that fails, and the other workers go on', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = ({ slot }) => (slot === 'shop/2' ? { failsWith: 'APP_THREW' } : 'connect');
    await cluster.apply(version(2));
    await stopped(cluster);
    const [event] = await eventsOf(cluster, /^rollout.stopped/);
    assert.equal(event?.slot, 'shop/2');
    assert.match(event?.cause ?? '', /APP_THREW/);
    const { rollout } = await pool(cluster);
    const [failed] = await recycles(cluster);
    assert.deepEqual([rollout?.state, rollout?.done, rollout?.slot, rollout?.recycleId], ['stopped', 1, 'shop/2', failed?.id]);
    assert.match(rollout?.cause ?? '', /APP_THREW/);
    await cluster.pass(3_000);
    assert.equal(host.starts().length, 4, 'nothing is tried again by itself');
    assert.equal((await cluster.call<{ state: string }[]>('GET', 'workers')).filter(({ state }) => state === 'ready').length, 2);
  });

  it('is stopped for the next leader too when Redis refused to take that it is', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    const redis = openRedis(cluster.redis.url, { name: 'look' });
    t.after(() => redis.disconnect());
    const { rollouts } = clusterKeys(cluster.clusterId);
    await redis.set(rollouts, 'no hash');
    await cluster.apply(version(2));
    await stopped(cluster);
    await redis.del(rollouts);
    const kept = () => redis.hget(rollouts, 'shop').then((text) => text && (JSON.parse(text) as { state: string }).state);
    await until(async () => (await kept()) === 'stopped', 10_000, 'the write');
    await cluster.apply(version(1));
    await settled(cluster);
    await until(async () => !(await kept()), 10_000, 'the end of it');
  });

  it('is rolled back by the old file: only the slots that had gone forward change', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = ({ slot }) => (slot === 'shop/2' ? { failsWith: 'APP_THREW' } : 'connect');
    await cluster.apply(version(2));
    await stopped(cluster);
    await cluster.apply(version(1));
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/2', 'shop/1']);
  });

  it('that was stopped is tried again when the same file is applied again', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    await cluster.apply(version(2));
    await stopped(cluster);
    host.onStart = () => 'connect';
    await cluster.apply(version(2));
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1', 'shop/2']);
  });

  it('that comes while a recycle runs follows it', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => 'spawn';
    const { recycleIds } = await cluster.call<{ recycleIds: string[] }>('POST', 'pools/shop/recycle', { reason: 'by hand' });
    assert.equal(recycleIds.length, 2);
    const replacements = [await host.nthStart(3), await host.nthStart(4)];
    await cluster.apply(version(2));
    host.onStart = () => 'connect';
    for (const { workerId } of replacements) host.connect(workerId);
    await settled(cluster);
    const receipts = await recycles(cluster);
    assert.deepEqual(
      receipts.map(({ cause, outcome }) => [cause, outcome]),
      [
        ['configChange', 'completed'],
        ['configChange', 'completed'],
        ['onDemand', 'completed'],
        ['onDemand', 'completed'],
      ],
    );
  });

  it('that is taken back before it reached a slot recycles only what has gone forward', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = () => 'spawn';
    await cluster.apply(version(2));
    const { workerId } = await host.nthStart(3);
    await cluster.apply(version(1));
    host.onStart = () => 'connect';
    host.connect(workerId);
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1']);
  });

  it('goes on with the next leader, which rolls back the recycle of the former one first', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    const workers = host.starts();
    host.onStart = () => 'spawn';
    await cluster.apply(version(2));
    await host.nthStart(3);
    for (const { slot, workerId, generation } of workers) adapter.eligible.set(slot, { workerId, generation });
    await cluster.restartWas();
    host.onStart = () => 'connect';
    await host.attach();
    await adapter.register();
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1', 'shop/2']);
    const failed = (await recycles(cluster)).filter(({ outcome }) => outcome === 'failed');
    assert.deepEqual([failed.length, failed[0]?.failure], [1, 'another leader has taken over']);
  });

  it('that was stopped stays so with the next leader', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    for (const { slot, workerId, generation } of host.starts()) adapter.eligible.set(slot, { workerId, generation });
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    await cluster.apply(version(2));
    await stopped(cluster);
    const { rollout: before } = await pool(cluster);
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    await cluster.pass(3_000);
    assert.deepEqual((await pool(cluster)).rollout, before);
    assert.equal(host.starts().length, 3);
  });

  it('stops when a worker that has it dies, some moments after it took over; the old file takes back what had gone forward', async (t) => {
    const { cluster, host } = await openTwo(t);
    const workerId = await rolledToFirst(cluster, host);
    host.exit(workerId);
    await stopped(cluster);
    const { rollout } = await pool(cluster);
    assert.deepEqual([rollout?.slot, rollout?.recycleId], ['shop/1', '']);
    assert.equal(rollout?.cause, `worker ${workerId} died: APP_CRASHED: killed by SIGKILL`);
    const [event] = await eventsOf(cluster, /^rollout.stopped/);
    assert.deepEqual([event?.slot, event?.cause], ['shop/1', rollout?.cause]);
    assert.match(event?.message ?? '', new RegExp(`worker ${workerId} of shop/1, which has the new settings, died`));
    // An order that its host has not confirmed is given again when its time is over.
    await cluster.state((await host.nthStart(4)).workerId, 'ready');
    await cluster.pass(3_000);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/1'], 'the second slot keeps the old version');
    await cluster.apply(version(1));
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(4), ['shop/1']);
  });

  it('that is on its way to the next slot when a worker that has it dies is taken back there', async (t) => {
    const { cluster, host } = await openTwo(t);
    const workerId = await rolledToFirst(cluster, host);
    host.onStart = ({ slot }) => (slot === 'shop/2' ? 'spawn' : 'connect');
    const second = await host.nthStart(4);
    assert.equal(second.slot, 'shop/2');
    host.exit(workerId);
    await stopped(cluster);
    await cluster.gone(second.workerId);
    const [failed] = await recycles(cluster);
    assert.deepEqual([failed?.slot, failed?.outcome, failed?.newWorker], ['shop/2', 'failed', second.workerId]);
    assert.match(failed?.failure ?? '', /called off/);
    await cluster.state(failed?.oldWorker ?? '', 'ready');
  });

  it('goes on to the last slot when a worker that does not have it dies', async (t) => {
    const three = (number: number) => version(number).replace('maxProcesses: 2', 'maxProcesses: 3');
    const { cluster, host } = await openTwo(t, three(1));
    await cluster.state((await host.nthStart(3)).workerId, 'ready');
    const old = host.starts().find(({ slot }) => slot === 'shop/2')!.workerId;
    await rolledToFirst(cluster, host, three(2));
    host.exit(old);
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(3), ['shop/1', 'shop/2', 'shop/3']);
    assert.deepEqual(await eventsOf(cluster, /^rollout.stopped/), []);
  });

  it('settles in a slot also when the leader changes meanwhile: the next one knows since when', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    await rolledToFirst(cluster, host);
    tellServing(cluster, adapter);
    const next = () => host.starts().find(({ slot }, index) => index >= 2 && slot === 'shop/2');
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    const { record } = [...cluster.was.engine.cluster.workers.values()].find((worker) => worker.record.role !== 'activation')!;
    const orderedAtMs = await until(() => next() && cluster.time.now(), 10_000, 'the next slot');
    assert.ok(orderedAtMs - record.sinceMs >= LIMITS.rolloutSettleMs, `${orderedAtMs - record.sinceMs} ms`);
    await settled(cluster);
    assert.deepEqual(versionsOf(host).slice(2), ['shop/1', 'shop/2']);
  });

  it('stops with the next leader when a worker that has it died while nobody led', async (t) => {
    const { cluster, host, adapter } = await openTwo(t);
    const workerId = await rolledToFirst(cluster, host);
    tellServing(cluster, adapter);
    const { grpc } = cluster.was.ports;
    await cluster.was.close();
    host.exit(workerId);
    await cluster.openSecond(grpc);
    await host.attach();
    await adapter.register();
    await stopped(cluster);
    assert.match((await pool(cluster)).rollout?.cause ?? '', new RegExp(`worker ${workerId} died`));
    await cluster.pass(3_000);
    assert.equal(host.starts().filter(({ slot }) => slot === 'shop/2').length, 1, 'the second slot keeps the old version');
  });

  it('leaves a stopped pool alone; what is started later has it', async (t) => {
    const { cluster, host } = await openTwo(t);
    await cluster.call('POST', 'pools/shop/stop');
    for (const { workerId } of host.starts()) await cluster.gone(workerId);
    const { recyclingPools } = await cluster.call<{ recyclingPools: string[] }>('POST', 'config', { yaml: version(2), file: 'b.yaml' });
    assert.deepEqual(recyclingPools, []);
    await cluster.call('POST', 'pools/shop/start');
    await host.nthStart(4);
    assert.equal((await pool(cluster)).rollout, undefined);
  });
});

describe('a change of the configuration', { concurrency: 4 }, () => {
  const apply = (cluster: TestCluster, yaml: string, dryRun = false) =>
    cluster.call<{ recyclingPools: string[] }>('POST', 'config', { yaml, file: 'b.yaml', dryRun });

  it('recycles nothing when no worker gets anything else', async (t) => {
    const { cluster, host } = await openTwo(t);
    assert.deepEqual(
      (await apply(cluster, version(1, 'queueLength: 50, recycling: { periodicRestart: { requests: 5 } }'))).recyclingPools,
      [],
    );
    await cluster.pass(2_000);
    assert.equal(host.starts().length, 2);
    assert.equal((await pool(cluster)).rollout, undefined);
  });

  it('says in a dry run which pools would recycle, and recycles none', async (t) => {
    const { cluster, host } = await openTwo(t);
    assert.deepEqual((await apply(cluster, version(1, 'environmentVariables: { A: b }'), true)).recyclingPools, ['shop']);
    await cluster.pass(2_000);
    assert.equal(host.starts().length, 2);
  });

  it('keeps the workers where the pool disallows rotation, and says that they are behind', async (t) => {
    const { cluster, host } = await openTwo(t);
    const kept = 'recycling: { disallowRotationOnConfigChange: true }';
    assert.deepEqual((await apply(cluster, version(2, kept))).recyclingPools, []);
    await cluster.pass(2_000);
    assert.equal(host.starts().length, 2);
    const { rollout } = await pool(cluster);
    assert.deepEqual([rollout?.state, rollout?.done, rollout?.workers], ['kept', 0, 2]);
    await cluster.call('POST', 'pools/shop/recycle');
    await settled(cluster);
  });
});
