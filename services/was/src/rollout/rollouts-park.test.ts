import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { TestCluster, yamlOf } from '../testing/cluster.ts';
import type { ScriptedHost } from '../testing/scripted-host.ts';

interface Pool {
  rollout?: { state: string; done: number; workers: number; slot: string; cause: string };
}
interface Receipt {
  slot: string;
  outcome: string;
  failure: string;
}

const POOL = 'startMode: alwaysRunning, processModel: { maxProcesses: 2 }, recycling: { disallowOverlappingRotation: true }';
const version = (number: number) => yamlOf({ pool: POOL, app: `version: "${number}"` });

/** Two slots of version 1 that serve. */
async function openTwo(t: TestContext) {
  const cluster = await TestCluster.open(t, version(1));
  const host = await cluster.host();
  const adapter = await cluster.adapter('a');
  await adapter.open('shop');
  for (const { workerId } of [await host.nthStart(1), await host.nthStart(2)]) await cluster.state(workerId, 'ready');
  return { cluster, host };
}

/** Slots in the order in which their workers were started, each worker once. */
const slotsOf = (host: ScriptedHost) => host.starts().map(({ slot }) => slot);
const pool = (cluster: TestCluster) => cluster.call<Pool>('GET', 'pools/shop');
const recycles = async (cluster: TestCluster) =>
  (await cluster.call<Receipt[]>('GET', 'recycles')).map(({ slot, outcome, failure }) => [slot, outcome, failure]);

/** Time passes until the rollout is so. */
async function rolloutIs(cluster: TestCluster, isIt: (rollout: Pool['rollout']) => boolean, what: string): Promise<Pool['rollout']> {
  await until(
    async () => {
      await cluster.pass(500);
      return isIt((await pool(cluster)).rollout);
    },
    20_000,
    what,
  );
  return (await pool(cluster)).rollout;
}

const readySlots = (cluster: TestCluster) =>
  [...cluster.was.engine.cluster.workers.values()]
    .filter(({ record }) => record.state === 'ready')
    .map(({ record }) => record.slot)
    .sort();

/** Both slots are served, nobody changes, and Redis-backed receipts have all ended. */
async function assertSettled(cluster: TestCluster): Promise<void> {
  await until(() => readySlots(cluster).join() === 'shop/1,shop/2', 10_000, 'a worker in each slot');
  const slots = [...cluster.was.engine.cluster.pools.get('shop')!.slots.values()];
  assert.ok(slots.every(({ change, next }) => !change && !next));
  assert.deepEqual(cluster.was.engine.receipts.running, []);
}

describe('a new version of a pool without overlap', () => {
  for (const [broken, done] of [['shop/1', 0] as const, ['shop/2', 1] as const]) {
    it(`that fails in ${broken} stops there: the slot is empty and tried again, the other one goes on, and the old file settles it`, async (t) => {
      const { cluster, host } = await openTwo(t);
      host.onStart = ({ slot, generation }) => (slot === broken && generation > 1 ? { failsWith: 'APP_THREW' } : 'connect');
      await cluster.apply(version(2));
      const rollout = await rolloutIs(cluster, (one) => one?.state === 'stopped', 'the stop of the rollout');
      assert.equal(rollout?.slot, broken);
      assert.match(rollout?.cause ?? '', /died: APP_THREW/);
      const other = broken === 'shop/1' ? 'shop/2' : 'shop/1';
      assert.deepEqual(readySlots(cluster), [other], 'its old worker is gone, and no two may overlap');
      assert.equal(slotsOf(host).filter((slot) => slot === other).length, 1 + done, 'the other slot is left alone');

      host.onStart = () => 'connect';
      await cluster.apply(version(1));
      await rolloutIs(cluster, (one) => one === undefined, 'the end of the rollout');
      await assertSettled(cluster);
      const failed = [broken, 'failed', 'the next worker died: APP_THREW: as the script says'];
      const forward = ['shop/1', 'completed', ''];
      const back = ['shop/1', 'completed', ''];
      // Empty as it was, the broken slot got the old version by its next start; only what had moved is recycled.
      assert.deepEqual(await recycles(cluster), done === 0 ? [failed] : [back, failed, forward]);
      const settings = [...cluster.was.engine.cluster.workers.values()].map(({ record }) => record.settings);
      assert.equal(new Set(settings).size, 1);
    });
  }

  it('that failed once is taken up by the ordinary retry, and goes on when the same file is applied again', async (t) => {
    const { cluster, host } = await openTwo(t);
    host.onStart = ({ slot, generation }) => (slot === 'shop/1' && generation === 2 ? { failsWith: 'APP_THREW' } : 'connect');
    await cluster.apply(version(2));
    await rolloutIs(cluster, (one) => one?.state === 'stopped', 'the stop of the rollout');
    await until(() => readySlots(cluster).length === 2, 10_000, 'the retry');
    await cluster.pass(3_000);
    assert.deepEqual(slotsOf(host).slice(2), ['shop/1', 'shop/1'], 'the other slot is left alone');
    await cluster.apply(version(2));
    await rolloutIs(cluster, (one) => one === undefined, 'the end of the rollout');
    await assertSettled(cluster);
    assert.deepEqual(slotsOf(host).slice(2), ['shop/1', 'shop/1', 'shop/2']);
  });
});
