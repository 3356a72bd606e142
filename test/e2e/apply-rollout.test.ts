import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ApplyResult, Pool } from '@baton/admin';
import { until } from '@baton/core';
import { startLoad, startPair } from '../support/index.ts';

const SLOTS = 3;
const PER_SECOND = 150;
const ROLLED_LIMIT_MS = 30_000;

// Versions differ in nothing but their number; the app does not load while the test says so.
test('applied under load, a new version rolls over slot by slot, a broken one stops and the old one goes on, the old file settles it', async (t) => {
  await using pair = await startPair({
    entry: 'faulty-app.js',
    pool: `startMode: alwaysRunning\n    processModel: { maxProcesses: ${SLOTS}, startupTimeLimit: 20s }`,
    app: 'version: "1"',
  });
  const { admin, cluster, dir } = pair;
  const readyWorkers = async () => (await admin.workers({ pool: 'app' })).filter(({ state }) => state === 'ready');
  const generations = async () => (await readyWorkers()).map(({ slot, generation }) => `${slot} ${generation}`).sort();
  const apply = async (version: string, ...more: string[]) => {
    const file = join(dir, `version-${version}.yaml`);
    writeFileSync(file, readFileSync(join(dir, 'baton.yaml'), 'utf8').replace('version: "1"', `version: "${version}"`));
    return cluster.baton<ApplyResult>('apply', '-f', file, ...more);
  };
  const poolWhen = (fits: (pool: Pool) => boolean, what: string) =>
    until(
      async () => {
        const pool = await admin.pool('app');
        return fits(pool) ? pool : undefined;
      },
      ROLLED_LIMIT_MS,
      what,
    );
  await until(async () => (await readyWorkers()).length === SLOTS, ROLLED_LIMIT_MS, 'a worker in every slot');
  await pair.activate();
  const load = startLoad({ url: pair.url, perSecond: PER_SECOND });

  assert.deepEqual((await apply('2', '--dry-run')).recyclingPools, ['app']);
  assert.deepEqual((await apply('2')).recyclingPools, ['app']);
  await poolWhen(({ rollout }) => rollout === undefined, 'the end of the rollout');
  assert.deepEqual(await generations(), ['app/1 2', 'app/2 2', 'app/3 2']);
  assertOneByOne(await admin.recycles({ pool: 'app' }));

  pair.setFault('crash');
  await apply('3');
  const { rollout } = await poolWhen((pool) => pool.rollout?.state === 'stopped', 'the stop of the rollout');
  assert.deepEqual([rollout?.slot, rollout?.done, rollout?.workers], ['app/1', 0, SLOTS]);
  assert.match(rollout?.cause ?? '', /crash|APP_/i);
  assert.deepEqual(await generations(), ['app/1 2', 'app/2 2', 'app/3 2']);
  const [stopped] = (await admin.events({ pool: 'app' })).filter(({ type }) => type === 'rollout.stopped');
  assert.deepEqual([stopped?.slot, stopped?.recycle], ['app/1', rollout?.recycleId]);

  pair.setFault('');
  assert.deepEqual((await apply('2')).recyclingPools, []);
  await poolWhen((pool) => pool.rollout === undefined, 'the end of the stopped rollout');
  assert.deepEqual(await generations(), ['app/1 2', 'app/2 2', 'app/3 2']);

  const report = await load.stop();
  t.diagnostic(`${report.sent} requests over three rollouts`);
  assert.deepEqual(report.failures, []);
  const { receipts } = await pair.finish();
  assert.deepEqual(
    receipts.map(({ failed }) => failed),
    receipts.map(() => 0),
  );
});

/** No recycle began before the former had ended. */
function assertOneByOne(
  newestFirst: readonly { readonly slot: string; readonly startedAt: string | null; readonly endedAt: string | null }[],
): void {
  const receipts = [...newestFirst].reverse();
  assert.deepEqual(
    receipts.map(({ slot }) => slot),
    ['app/1', 'app/2', 'app/3'],
  );
  for (const [index, { startedAt }] of receipts.entries()) {
    const former = receipts[index - 1]?.endedAt;
    if (former) assert.ok(Date.parse(startedAt ?? '') >= Date.parse(former), `${startedAt} is before ${former}`);
  }
}
