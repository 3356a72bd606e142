import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputBudget } from './output-budget.ts';

test('a burst is logged, what comes on top is not, and time fills the bucket again', () => {
  const budget = new OutputBudget({ perSecond: 1_000, burst: 3_000 }, 0);
  assert.equal(budget.take(1_800, 0), true);
  assert.equal(budget.take(1_800, 0), false);
  assert.equal(budget.take(1_800, 900), false);
  assert.equal(budget.take(1_800, 1_000), true);
});

test('a line larger than the bucket is never logged, and an idle bucket does not grow beyond its burst', () => {
  const budget = new OutputBudget({ perSecond: 1_000, burst: 1_000 }, 0);
  assert.equal(budget.take(1_000, 1_000_000), false);
  assert.equal(budget.take(800, 1_000_000), true);
  assert.equal(budget.take(800, 1_000_000), false);
});
