import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { startPairOfParts, watchEvents } from '../support/index.ts';

const DETACHED_AFTER_MS = 5_000;

test('an adapter killed in the middle of a recycle: the other one finishes it, and 5 s later the dead one holds nothing up', async (t) => {
  await using pair = await startPairOfParts({ entry: 'faulty-app.js' });
  await pair.activate();
  using watch = await watchEvents(pair.admin);
  pair.setFault('slow 500');
  const id = await pair.begin();
  await watch.find(({ type, generation }) => type === 'worker.starting' && generation === 2, 'the start of the replacement');
  const killedAtMs = Date.now();
  pair.parts.part('adapter-2').kill('SIGKILL');
  const first = await pair.ended(id);
  pair.setFault('');
  const tookMs = Date.now() - killedAtMs;
  assert.deepEqual([first.outcome, first.newGeneration], ['completed', 2]);
  assert.ok(tookMs >= DETACHED_AFTER_MS - 500, `it was committed ${tookMs} ms after the death of an adapter that may come back within 5 s`);

  const beganAtMs = Date.now();
  const second = await pair.recycle();
  const secondMs = Date.now() - beganAtMs;
  t.diagnostic(`the recycle ended ${tookMs} ms after the kill, the next one took ${secondMs} ms`);
  assert.deepEqual([second.outcome, second.newGeneration], ['completed', 3]);
  assert.ok(secondMs < 3_000, `the next recycle took ${secondMs} ms`);
  const channels = await until(() => pair.admin.channels(), 1_000, 'the channels');
  assert.deepEqual(
    channels.filter(({ attached }) => attached).map(({ adapter }) => adapter.slice(0, 2)),
    ['a1'],
  );
  for (let request = 0; request < 20; request++) assert.equal((await fetch(`${pair.url}/quick`)).status, 200);
  await pair.finish();
});
