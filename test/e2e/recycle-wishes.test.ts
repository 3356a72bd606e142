import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type LoadRequest, startLoad, startPair } from '../support/index.ts';

const WISHES = 1_000;
/** Of the app that asks for a recycle with every answer. */
const WISH: LoadRequest = { name: 'wish', method: 'GET', path: '/', isRight: ({ tail }) => /^wish \d+ \d+$/.test(tail) };

test('1,000 wishes for a recycle at once, from an app that asks with every answer: one recycle at a time, and every request is answered', async (t) => {
  await using pair = await startPair({ entry: 'asking-app.js', pool: 'queueLength: 2000' });
  const answers = await Promise.all(Array.from({ length: WISHES }, async () => (await fetch(`${pair.url}/`)).status));
  assert.deepEqual(
    answers.filter((status) => status !== 200),
    [],
  );
  // each generation asks again with its first answer
  using load = startLoad({ url: pair.url, perSecond: 100, mix: [{ percent: 100, request: WISH }] });
  await until(async () => (await pair.admin.recycles()).filter(({ outcome }) => outcome === 'completed').length >= 5, 20_000, '5 recycles');
  const { sent, failures, pids } = await load.stop();
  assert.deepEqual(failures, []);
  const { events, receipts } = await pair.finish();
  t.diagnostic(`${WISHES} and ${sent} answers, by ${pids.size} generations; ${receipts.length} recycles`);
  assert.deepEqual(new Set(receipts.map(({ cause, outcome }) => `${cause} ${outcome}`)), new Set(['app completed']));
  assert.equal(
    receipts.reduce((sum, { failed }) => sum + failed, 0),
    0,
  );
  const starts = events.filter(({ type }) => type === 'worker.starting').length;
  assert.equal(starts, receipts.length + 1, 'a start without a cause');
});
