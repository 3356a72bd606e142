import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defer, within } from '@baton/core';
import { RecycleWish } from './recycle-wish.ts';

suite('the wish of an app for a fresh process', () => {
  test('is said once however often the app asks, with the first reason', () => {
    const said: string[] = [];
    const wish = new RecycleWish((reason) => said.push(reason));
    for (let count = 0; count < 1_000; count++) wish.ask(`reason ${count}`);
    assert.deepEqual(said, ['reason 0']);
  });

  test('that comes after an answer waits until the pause is over, and is said once', async () => {
    const said: string[] = [];
    const second = defer();
    const wish = new RecycleWish((reason) => {
      said.push(reason);
      if (said.length === 2) second.resolve();
    }, 50);
    const begunAtMs = performance.now();
    wish.ask('first');
    wish.answered();
    wish.ask('second');
    wish.ask('third');
    assert.deepEqual(said, ['first']);
    // also keeps this process alive, which the wish does not
    await within(second.promise, 5_000, 'the second wish');
    assert.ok(performance.now() - begunAtMs >= 45);
    assert.deepEqual(said, ['first', 'second']);
  });

  test('is not said any more when the process leaves', () => {
    const wish = new RecycleWish(() => assert.fail('said'));
    wish.end();
    wish.ask('too late');
  });
});
