import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareOut } from '../share-out.ts';
import { stopLadder } from './stop-ladder.ts';

test('a stop asks first, signals in the last fifth and kills at the limit', () => {
  assert.deepEqual(stopLadder(1_000, false), [
    { step: 'ask', atMs: 0 },
    { step: 'terminate', atMs: 800 },
    { step: 'kill', atMs: 1_000 },
  ]);
});

test('of a long limit SIGTERM handlers get five seconds, the rest is for the drain', () => {
  assert.deepEqual(shareOut(90_000), { limitMs: 85_000, graceMs: 5_000 });
});

test('a forced stop does not ask and kills after two seconds at the latest', () => {
  assert.deepEqual(stopLadder(90_000, true), [
    { step: 'terminate', atMs: 0 },
    { step: 'kill', atMs: 2_000 },
  ]);
  assert.deepEqual(stopLadder(100, true).at(-1), { step: 'kill', atMs: 100 });
});

test('a limit of zero does everything at once', () => {
  assert.deepEqual(
    stopLadder(0, false).map(({ atMs }) => atMs),
    [0, 0, 0],
  );
});
