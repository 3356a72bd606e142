import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { LoopWatch } from './loop-delay.ts';

test('the delay of the event loop is measured while there is work, and a blocked loop shows', async () => {
  const watch = new LoopWatch();
  assert.equal(watch.read(false), undefined);
  assert.equal(watch.read(true), undefined, 'it begins now');
  let turns = 0;
  await until(() => {
    const blockedUntil = performance.now() + 150;
    while (performance.now() < blockedUntil);
    return ++turns === 5;
  });
  const delay = watch.read(true);
  assert.ok(delay && delay.maxMs > 100, JSON.stringify(delay));
  assert.ok(delay.p50Ms <= delay.p99Ms && delay.p99Ms <= delay.maxMs + 1 && delay.maxMs < 5_000, JSON.stringify(delay));
  watch.read(false);
  assert.equal(watch.read(false), undefined, 'it is off again');
});
