import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Key } from '@baton/admin';
import { until } from '@baton/core';
import { startLoad, startPair } from '../support/index.ts';

const PER_SECOND = 100;
const LIMIT_MS = 30_000;

// What adapters are told of a change they acknowledge; a worker that came before they know would be let in nowhere.
test('a new identity of the pool, new keys and a move to another pool, under load, lose no request', async (t) => {
  await using pair = await startPair({ pool: 'startMode: alwaysRunning' });
  const { admin, cluster, dir } = pair;
  const apply = async (name: string, change: (yaml: string) => string) => {
    const file = join(dir, `${name}.yaml`);
    writeFileSync(file, change(readFileSync(join(dir, 'baton.yaml'), 'utf8')));
    await cluster.baton('apply', '-f', file);
  };
  const serving = async (pool: string) => (await admin.workers({ pool })).filter(({ state }) => state === 'ready');
  const settled = (pool: string, generation: number) =>
    until(
      async () => {
        const workers = await admin.workers({ pool });
        const isSettled = (await admin.pool(pool)).rollout === undefined;
        return isSettled && workers.length === 1 && workers[0]!.state === 'ready' && workers[0]!.generation === generation;
      },
      LIMIT_MS,
      `generation ${generation} of ${pool}`,
    );
  await until(async () => (await serving('app')).length === 1, LIMIT_MS, 'the first worker');
  await pair.activate();
  const load = startLoad({ url: pair.url, perSecond: PER_SECOND });

  const billing = (yaml: string) => yaml.replace('- name: app\n    startMode', '- name: app\n    identity: billing\n    startMode');
  await apply('billing', billing);
  await settled('app', 2);

  const [former] = await admin.keys();
  const made = await cluster.baton<Key[]>('keys', 'rotate');
  assert.deepEqual(
    made.map(({ state }) => state),
    ['current', 'next'],
  );
  await until(async () => (await admin.keys()).some(({ id, state }) => state === 'current' && id !== former!.id), LIMIT_MS, 'the next key');
  assert.equal((await pair.recycle()).outcome, 'completed', 'by a worker whose identity the new key has signed');

  await apply('moved', (yaml) =>
    billing(yaml)
      .replace('pools:\n', 'pools:\n  - name: other\n    startMode: alwaysRunning\n')
      .replace('    pool: app\n', '    pool: other\n'),
  );
  await settled('other', 1);
  await until(
    async () => (await admin.workers({ pool: 'app' })).length === 0,
    LIMIT_MS,
    'the end of the workers of the pool that was left',
  );
  await until(async () => (await admin.channels()).every(({ pool }) => pool === 'other'), LIMIT_MS, 'the end of its channels');

  const report = await load.stop();
  t.diagnostic(`${report.sent} requests over a new identity, new keys and a move`);
  assert.deepEqual(report.failures, []);
  const { events } = await pair.finish();
  const complaints = ['identity.unacknowledged', 'channel.unclosed', 'worker.failed'];
  assert.deepEqual(
    events.filter(({ type }) => complaints.includes(type)),
    [],
  );
});
