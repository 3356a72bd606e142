import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { isAlive, startPairOfParts, watchEvents } from '../../support/index.ts';

const STREAM_MS = 10_000;

test('a host process is killed just after the commit, with a stream on the old worker: the recycle ends with that worker, and its receipt is whole', async (t) => {
  await using pair = await startPairOfParts();
  await pair.activate();
  const [old] = await pair.admin.workers();
  assert.ok(old);
  using watch = await watchEvents(pair.admin);
  const response = await fetch(`${pair.url}/stream?chunks=10&ms=${STREAM_MS}`);
  const beganAtMs = Date.now();
  const body = response.text();
  const id = await pair.begin();
  await watch.find(({ type, recycle }) => type === 'recycle.committed' && recycle === id, 'the commit');
  pair.parts.part(`host-${old.host}`).kill('SIGKILL');
  const receipt = await pair.ended(id);
  t.diagnostic(`ended ${Date.now() - beganAtMs} ms after the stream began`);
  assert.ok(Date.now() - beganAtMs >= STREAM_MS - 2_000, 'it ended while the old worker still answered');
  assert.match(await body, new RegExp(`stream ${old.pid}$`));
  await until(() => !isAlive(old.pid), 2_000, 'the end of the old process');
  assert.deepEqual(
    [receipt.outcome, receipt.incomplete, receipt.inFlightAtHandover, receipt.finished, receipt.oldWorker],
    ['completed', false, 1, 1, old.id],
  );
  await pair.parts.restart(`host-${old.host}`);
  await until(async () => (await pair.admin.workers()).length === 1, 5_000, 'only the new worker');
  await pair.finish();
});
