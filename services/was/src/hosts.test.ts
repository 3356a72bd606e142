import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { control } from '@baton/proto';
import { TestCluster, yamlOf } from './testing/cluster.ts';
import { closed, openRing, recycle, slotOf } from './testing/recycling.ts';

const { STOPPING } = control.WorkerState;

describe('a worker that its host ends without having been asked', () => {
  it('is replaced beside it at once and not hurried, whether the host shuts down or found it after its own death', async (t) => {
    const { cluster, home, away, old } = await openRing(t, yamlOf({ pool: 'processModel: { shutdownTimeLimit: 5s }' }));
    home.drop();
    home.workers.get(old)!.state = STOPPING;
    await home.attach();
    const second = await until(() => home.starts()[1] ?? away.starts()[0], 10_000, 'its replacement');
    assert.equal(second.generation, 2);
    await cluster.state(second.workerId, 'ready');
    await until(() => slotOf(cluster).serving === second.workerId, 10_000, 'the new one to serve');
    await cluster.pass(20_000);
    await cluster.state(old, 'stopping');
    assert.equal(home.orders.filter(({ verb }) => verb.case === 'stop').length, 0);
    home.exit(old, { planned: true, message: 'its host was lost; it drained and ended' });
    await cluster.gone(old);
    await cluster.state(second.workerId, 'ready');
  });

  it('is replaced only when it is gone where no two may overlap', async (t) => {
    const pool = 'recycling: { disallowOverlappingRotation: true }';
    const { cluster, a, home, away, old } = await openRing(t, yamlOf({ pool }));
    a.load('shop', 1, 0);
    home.report(old, STOPPING);
    await cluster.state(old, 'stopping');
    await cluster.pass(2_000);
    assert.deepEqual([home.starts().length + away.starts().length, slotOf(cluster).serving], [1, old]);
    home.exit(old, { planned: true });
    const second = await until(() => home.starts()[1] ?? away.starts()[0], 10_000, 'its replacement');
    assert.equal(second.generation, 2);
  });

  it('is not replaced when no adapter is left that could turn to another one', async (t) => {
    const { cluster, a, b, home, away, old } = await openRing(t);
    for (const adapter of [a, b]) await adapter.unregister();
    home.report(old, STOPPING);
    home.exit(old, { planned: true });
    await cluster.gone(old);
    await cluster.pass(1_000);
    assert.equal(home.starts().length + away.starts().length, 1);
  });
});

describe('a host that dies with a start order in its hands', () => {
  it('leaves a worker that nobody has, which is forgotten as soon as the order is too old to be taken', async (t) => {
    const ring = await openRing(t);
    const { cluster, away, old } = ring;
    away.onStart = () => 'nothing';
    const id = recycle(ring);
    const { workerId } = await until(() => away.starts()[0], 10_000, 'the start order');
    away.drop();
    away.workers.clear();
    await cluster.pass(6_000);
    assert.equal((await closed(ring, id)).outcome, 'failed');
    await away.attach();
    await cluster.state(workerId, 'orphaned');
    await cluster.pass(31_000);
    await cluster.gone(workerId);
    await cluster.state(old, 'ready');
  });
});

describe('a host that dies before it has noted down a process that it told of', () => {
  it('leaves a worker that its next life does not know, which is forgotten when it can serve no longer', async (t) => {
    const ring = await openRing(t, yamlOf({ pool: 'processModel: { shutdownTimeLimit: 10s }' }));
    const { cluster, away, old } = ring;
    away.onStart = () => 'spawn';
    const id = recycle(ring);
    const { workerId } = await until(() => away.starts()[0], 10_000, 'the start order');
    await until(() => (cluster.was.engine.cluster.workers.get(workerId)?.view.pid ?? 0) > 0, 10_000, 'its process');
    away.drop();
    away.workers.clear();
    await cluster.pass(6_000);
    assert.equal((await closed(ring, id)).outcome, 'failed');
    await cluster.pass(23_000);
    await cluster.state(workerId, 'orphaned');
    await away.attach();
    await cluster.gone(workerId);
    await cluster.state(old, 'ready');
  });
});

describe("a host that lacks an app's entry", () => {
  const lacking = () => ({ failsWith: 'ENTRY_NOT_FOUND' });

  it('is no failed start: the same worker goes to another host, also when the first one tells of it again', async (t) => {
    const cluster = await TestCluster.open(t);
    const [first, second] = [await cluster.host('h1'), await cluster.host('h2', { capacity: 5 })];
    first.onStart = lacking;
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const asked = await first.nthStart(1);
    const placed = await second.nthStart(1);
    assert.deepEqual([placed.workerId, placed.generation], [asked.workerId, 1]);
    await cluster.state(placed.workerId, 'ready');
    first.drop();
    await first.attach();
    await first.beat();
    await cluster.state(placed.workerId, 'ready');
    assert.equal(adapter.count('activationFailing'), 0);
    const events = await cluster.call<{ type: string; host: string; cause: string }[]>('GET', 'events');
    const refused = events.find(({ type }) => type === 'worker.refused');
    assert.deepEqual([refused?.cause], ['ENTRY_NOT_FOUND']);
  });

  it('and no other host that has it: the start fails with all of them named', async (t) => {
    const cluster = await TestCluster.open(t);
    const hosts = [await cluster.host('h1'), await cluster.host('h2')];
    for (const host of hosts) host.onStart = lacking;
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const failing = await adapter.next('activationFailing');
    assert.equal(failing.code, 'ENTRY_NOT_FOUND');
    assert.match(failing.cause, /^as the script says \(host h[12]\); nor can host h[12] start it: missing there too, or no room$/);
    const asked = hosts.map((host) => host.starts()[0]?.workerId);
    assert.equal(asked[0], asked[1], 'one worker, both hosts');
  });
});
