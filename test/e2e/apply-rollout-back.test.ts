import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ApplyResult, Pool } from '@baton/admin';
import { until } from '@baton/core';
import { startLoad, startPair, watchEvents } from '../support/index.ts';

const SLOTS = 3;
const PER_SECOND = 100;
const ROLLED_LIMIT_MS = 30_000;

test('a rollout under load that stopped at its second slot: the old file brings back the slot that had moved, and no other', async (t) => {
  await using pair = await startPair({
    entry: 'faulty-app.js',
    pool: `startMode: alwaysRunning\n    processModel: { maxProcesses: ${SLOTS}, startupTimeLimit: 20s }`,
    app: 'version: "1"',
  });
  const { admin, cluster, dir } = pair;
  const ready = async () => (await admin.workers({ pool: 'app' })).filter(({ state }) => state === 'ready');
  const apply = async (version: string) => {
    const file = join(dir, `version-${version}.yaml`);
    writeFileSync(file, readFileSync(join(dir, 'baton.yaml'), 'utf8').replace('version: "1"', `version: "${version}"`));
    return cluster.baton<ApplyResult>('apply', '-f', file);
  };
  const poolWhen = (fits: (found: Pool) => boolean, what: string) =>
    until(
      async () => {
        const found = await admin.pool('app');
        return fits(found) ? found : undefined;
      },
      ROLLED_LIMIT_MS,
      what,
    );
  await until(async () => (await ready()).length === SLOTS, ROLLED_LIMIT_MS, 'a worker in every slot');
  await pair.activate();
  const before = await ready();
  using watch = await watchEvents(admin);
  using load = startLoad({ url: pair.url, perSecond: PER_SECOND });

  assert.deepEqual((await apply('2')).recyclingPools, ['app']);
  await watch.find(({ type, slot, generation }) => type === 'worker.ready' && slot === 'app/1' && generation === 2, 'the first slot');
  pair.setFault('crash');
  const { rollout } = await poolWhen((found) => found.rollout?.state === 'stopped', 'the stop of the rollout');
  assert.equal(rollout?.slot, 'app/2');
  pair.setFault('');

  assert.deepEqual((await apply('1')).recyclingPools, ['app']);
  await poolWhen((found) => found.rollout === undefined, 'the end of the way back');
  await until(async () => (await ready()).length === SLOTS, ROLLED_LIMIT_MS, 'a worker in every slot');
  const after = await ready();
  assert.deepEqual(after.map(({ slot, generation }) => `${slot} ${generation}`).sort(), ['app/1 3', 'app/2 1', 'app/3 1']);
  const untouched = after.filter(({ slot }) => slot !== 'app/1').map(({ id }) => id);
  assert.ok(untouched.every((id) => before.some((worker) => worker.id === id)));
  const receipts = [...(await admin.recycles({ pool: 'app' }))].reverse();
  assert.deepEqual(
    receipts.map(({ slot, outcome }) => `${slot} ${outcome}`),
    ['app/1 completed', 'app/2 failed', 'app/1 completed'],
  );

  const report = await load.stop();
  t.diagnostic(`${report.sent} requests there and back`);
  assert.deepEqual(report.failures, []);
  await pair.finish();
});
