import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { startLoad, startPair } from '../support/index.ts';

const RECYCLES = 3;

for (const [limit, cause] of [
  ['time: 2s', 'time'],
  ['time: 0, requests: 150', 'requests'],
] as const) {
  test(`under load, workers that reach periodicRestart "${limit}" are recycled again and again, and no request fails`, async (t) => {
    await using pair = await startPair({ pool: `recycling: { periodicRestart: { ${limit} } }` });
    await pair.activate();
    const load = startLoad({ url: pair.url, perSecond: 100 });
    const done = async () => (await pair.admin.recycles({ pool: 'app' })).filter(({ outcome }) => outcome === 'completed');
    await until(async () => (await done()).length >= RECYCLES, 30_000, `${RECYCLES} recycles`);
    const report = await load.stop();
    t.diagnostic(`${report.sent} requests, ${report.pids.size} processes`);
    assert.deepEqual(report.failures, []);
    const { receipts } = await pair.finish();
    for (const receipt of receipts.filter(({ outcome }) => outcome === 'completed')) {
      assert.deepEqual([receipt.cause, receipt.failed], [cause, 0]);
    }
  });
}
