import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLoad, startPair } from '../support/index.ts';

const RECYCLES = 10;

test('ten recycles in a row under load, across two hosts and two adapters: no request fails, and the receipts say the same', async (t) => {
  await using pair = await startPair();
  await pair.activate();
  using load = startLoad({ url: pair.url, perSecond: 200 });
  const receipts = [];
  for (let round = 0; round < RECYCLES; round++) receipts.push(await pair.recycle());
  const report = await load.stop();

  t.diagnostic(
    `${report.sent} requests, ${receipts.map(({ inFlightAtHandover }) => inFlightAtHandover).join(' ')} in flight at the hand-overs`,
  );
  assert.deepEqual(report.failures, []);
  assert.equal(report.pids.size, RECYCLES + 1);
  let worker = '';
  let host = '';
  for (const [index, receipt] of receipts.entries()) {
    assert.deepEqual([receipt.outcome, receipt.failure, receipt.failed], ['completed', '', 0]);
    assert.equal(receipt.newGeneration, index + 2);
    if (index > 0) assert.deepEqual([receipt.oldWorker, receipt.oldHost], [worker, host]);
    assert.notEqual(receipt.newHost, receipt.oldHost);
    worker = receipt.newWorker ?? '';
    host = receipt.newHost ?? '';
  }
  assert.ok(
    receipts.some(({ finished }) => finished > 0),
    'no hand-over met a request in flight',
  );
  const { events } = await pair.finish();
  assert.equal(events.filter(({ type }) => type === 'recycle.completed').length, RECYCLES);
});
