import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Event, Pool } from '@baton/admin';
import { until } from '@baton/core';
import { QUICK, startLoad, startPair, waitFor } from '../support/index.ts';

const LIMIT_MS = 20_000;
const SAFE = [
  { percent: 85, request: QUICK },
  { percent: 15, request: waitFor(100) },
];

test('a new version that serves and dies 200 ms later stops its rollout in the first slot, the second one goes on with the old version', async (t) => {
  await using pair = await startPair({
    entry: 'faulty-app.js',
    pool: 'startMode: alwaysRunning\n    processModel: { maxProcesses: 2, startupTimeLimit: 20s }',
    app: 'version: "1"',
  });
  const { admin, cluster, dir } = pair;
  const readyIn = async (slot: string) =>
    (await admin.workers({ pool: 'app' })).find((worker) => worker.slot === slot && worker.state === 'ready');
  const poolWhen = (fits: (pool: Pool) => boolean, what: string) => until(async () => [await admin.pool('app')].find(fits), LIMIT_MS, what);
  const old = join(dir, 'baton.yaml');
  const changed = join(dir, 'version-2.yaml');
  writeFileSync(changed, readFileSync(old, 'utf8').replace('version: "1"', 'version: "2"'));
  await until(async () => (await readyIn('app/1')) && (await readyIn('app/2')), LIMIT_MS, 'a worker in both slots');
  await pair.activate();
  const second = await readyIn('app/2');
  using load = startLoad({ url: pair.url, perSecond: 100, mix: SAFE });

  pair.setFault('exit-in-service 200');
  await cluster.baton('apply', '-f', changed);
  const { rollout } = await poolWhen((pool) => pool.rollout?.state === 'stopped', 'the stop of the rollout');
  pair.setFault('');
  assert.deepEqual([rollout?.slot, rollout?.recycleId], ['app/1', '']);
  assert.match(rollout?.cause ?? '', /^worker w\d+ died: APP_CRASHED/);
  const [stopped] = (await cluster.baton<Event[]>('event', 'list')).filter(({ type }) => type === 'rollout.stopped');
  assert.deepEqual([stopped?.slot, stopped?.cause], ['app/1', rollout?.cause]);
  assert.match(stopped?.message ?? '', /worker w\d+ of app\/1, which has the new settings, died \(APP_CRASHED/);
  await until(() => readyIn('app/1'), LIMIT_MS, 'another worker in the first slot');

  await cluster.baton('apply', '-f', old);
  await poolWhen((pool) => pool.rollout === undefined, 'the way back');
  assert.deepEqual((await readyIn('app/2'))?.id, second?.id);
  const { sent } = await load.stop();
  const { adapters, receipts } = await pair.finish();
  assert.deepEqual([...new Set(receipts.map(({ slot }) => slot))], ['app/1']);
  const ofSecond = adapters
    .flatMap(({ lines }) => lines.filter((line) => line.kind === 'request'))
    .filter(({ worker, path }) => worker === second?.id && path !== '/'); // that one is the activation, and the app does not know it
  t.diagnostic(`${sent} requests, ${ofSecond.length} of them to the worker of the second slot`);
  assert.ok(ofSecond.length > 0);
  assert.deepEqual(
    ofSecond.filter(({ status, error }) => status !== 200 || error !== ''),
    [],
  );
});
