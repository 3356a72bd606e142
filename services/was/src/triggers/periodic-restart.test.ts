import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openReady, TestCluster, yamlOf } from '../testing/cluster.ts';
import type { ScriptedHost } from '../testing/scripted-host.ts';

interface Receipt {
  slot: string;
  cause: string;
  requestedBy: string;
  reason: string;
  outcome: string;
}

const limits = (text: string, more = '') => yamlOf({ pool: `recycling: { periodicRestart: { ${text} } }${more && `, ${more}`}` });
const recycles = (cluster: TestCluster) => cluster.call<Receipt[]>('GET', 'recycles');

/** That many recycles have ended. */
async function ended(cluster: TestCluster, count: number): Promise<Receipt[]> {
  await until(
    async () => (await recycles(cluster)).filter(({ outcome }) => outcome !== 'running').length >= count,
    10_000,
    `${count} receipts`,
  );
  return recycles(cluster);
}

const startedWorkers = (host: ScriptedHost): string[] => host.starts().map(({ workerId }) => workerId);

describe('a worker', () => {
  it('is recycled when it has been ready for periodicRestart.time, and its replacement gets the whole time again', async (t) => {
    const { cluster, host, workerId } = await openReady(t, limits('time: 60s'));
    await cluster.passTo(cluster.readyAt(workerId) + 50_000);
    assert.equal(host.starts().length, 1);
    await cluster.passTo(cluster.readyAt(workerId) + 62_000);
    const { workerId: second } = await host.nthStart(2);
    await cluster.gone(workerId);
    const [receipt] = await ended(cluster, 1);
    assert.deepEqual([receipt?.cause, receipt?.requestedBy, receipt?.reason], ['time', 'periodicRestart', 'ready for 1m']);
    await cluster.passTo(cluster.readyAt(second) + 50_000);
    await cluster.state(second, 'ready');
    assert.equal(host.starts().length, 2);
    await cluster.passTo(cluster.readyAt(second) + 62_000);
    await host.nthStart(3);
  });

  it('is recycled when heartbeats have counted periodicRestart.requests', async (t) => {
    const { cluster, host, workerId } = await openReady(t, limits('time: 0, requests: 100'));
    host.served.set(workerId, 99);
    await cluster.pass(3_000);
    assert.equal(host.starts().length, 1);
    host.served.set(workerId, 100);
    await cluster.pass(3_000);
    await host.nthStart(2);
    const [receipt] = await ended(cluster, 1);
    assert.deepEqual([receipt?.cause, receipt?.reason], ['requests', '100 requests served, the limit is 100']);
  });

  it('whose recycle failed is left alone until the limit has passed once more', async (t) => {
    const { cluster, host, workerId } = await openReady(t, limits('time: 60s'));
    host.onStart = () => ({ failsWith: 'APP_THREW' });
    const from = cluster.readyAt(workerId);
    await cluster.passTo(from + 61_000);
    assert.equal((await ended(cluster, 1))[0]?.outcome, 'failed');
    await cluster.passTo(from + 110_000);
    await cluster.state(workerId, 'ready');
    assert.equal(host.starts().length, 2);
    host.onStart = () => 'connect';
    await cluster.passTo(from + 125_000);
    await host.nthStart(3);
    await cluster.gone(workerId);
  });

  it('keeps its age when another leader takes over', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t, limits('time: 60s'));
    await cluster.pass(50_000);
    await cluster.restartWas();
    await host.attach();
    await adapter.register();
    await cluster.pass(12_000);
    await host.nthStart(2);
    await cluster.gone(workerId);
  });
});

describe('a pool with several slots', () => {
  it('has its workers recycled one by one when they reach the limit together', async (t) => {
    const cluster = await TestCluster.open(t, limits('time: 60s', 'startMode: alwaysRunning, processModel: { maxProcesses: 2 }'));
    const host = await cluster.host();
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const starts = [await host.nthStart(1), await host.nthStart(2)];
    for (const { workerId } of starts) await cluster.state(workerId, 'ready');
    host.obeysStop = false;
    await cluster.pass(61_000);
    // The order is on its way in real time, however far the leader's clock was moved.
    const third = await host.nthStart(3);
    const first = starts.find(({ slot }) => slot === third.slot)!;
    await host.stopOf(first.workerId);
    await cluster.pass(3_000);
    assert.deepEqual(
      startedWorkers(host),
      [...starts, third].map(({ workerId }) => workerId),
      'the other slot waits',
    );
    host.obeysStop = true;
    host.exit(first.workerId, { planned: true });
    await ended(cluster, 1);
    await until(
      async () => {
        await cluster.pass(1_000);
        return startedWorkers(host).length === 4;
      },
      10_000,
      'the recycle of the other slot',
    );
    assert.notEqual((await host.nthStart(4)).slot, first.slot);
  });
});
