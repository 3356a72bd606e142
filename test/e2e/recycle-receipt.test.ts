import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { startLoad, startPair, waitFor } from '../support/index.ts';

test('a receipt says non-zero: with shutdownTimeLimit 200 ms against answers of 2 s it counts as failed what the clients saw fail', async (t) => {
  await using pair = await startPair({ pool: 'processModel: { shutdownTimeLimit: 200ms }' });
  await pair.activate();
  // what is safe is run again on the new worker, what is not fails
  const mix = [
    { percent: 50, request: waitFor(2_000, 'POST') },
    { percent: 50, request: waitFor(2_000) },
  ];
  using load = startLoad({ url: pair.url, perSecond: 20, mix });
  await until(() => load.sent >= 30, 5_000, 'requests in flight');
  const receipts = [await pair.recycle(), await pair.recycle()];
  const report = await load.stop();
  const sum = (field: 'failed' | 'replayed' | 'finished') => receipts.reduce((total, receipt) => total + receipt[field], 0);

  t.diagnostic(`${report.failures.length} of ${report.sent} failed; receipts: ${sum('failed')} failed, ${sum('replayed')} replayed`);
  assert.ok(report.failures.length > 0, 'nothing failed');
  assert.equal(sum('failed'), report.failures.length);
  assert.ok(sum('replayed') > 0, 'nothing was replayed');
  assert.deepEqual(new Set(report.failures.map(({ request }) => request)), new Set(['wait 2000 ms']));
  for (const { wrong } of report.failures) assert.equal(wrong, 'status 502 WORKER_DIED');
  const { adapters } = await pair.finish();
  const failedInLogs = adapters.flatMap(({ lines }) =>
    lines.flatMap((line) => (line.kind === 'request' && line.error !== '' ? [line.requestId] : [])),
  );
  assert.deepEqual(failedInLogs.sort(), report.failures.map(({ id }) => id).sort());
});
