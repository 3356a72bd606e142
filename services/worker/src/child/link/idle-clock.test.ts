import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defer, within } from '@baton/core';
import { IdleClock } from './idle-clock.ts';

test('idle is told once after a calm time, and again after a restart', async () => {
  let count = 0;
  let next = defer<number>();
  const clock = new IdleClock(30, (idleMs) => {
    count++;
    next.resolve(idleMs);
  });
  const keepAlive = setInterval(() => {}, 1_000);
  assert.ok((await within(next.promise, 2_000, 'idle')) >= 30);
  next = defer();
  clock.restart();
  await within(next.promise, 2_000, 'a second idle');
  assert.equal(count, 2);
  clock.stop();
  clearInterval(keepAlive);
});

test('time with a request in flight does not count', async () => {
  const idle = defer<number>();
  const clock = new IdleClock(40, idle.resolve);
  clock.busy();
  const begun = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 100));
  clock.calm();
  const keepAlive = setInterval(() => {}, 1_000);
  await within(idle.promise, 2_000, 'idle');
  assert.ok(performance.now() - begun >= 139);
  clock.stop();
  clearInterval(keepAlive);
});

test('a limit of 0 is never', () => {
  const clock = new IdleClock(0, () => assert.fail('never idle'));
  clock.busy();
  clock.calm();
  clock.restart();
});
