import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextRolloutStep, type RolloutSlot } from './decide.ts';

const slot = (index: number, worker: RolloutSlot['worker'], more: Partial<RolloutSlot> = {}): RolloutSlot => ({
  name: `shop/${index}`,
  worker,
  isReady: worker !== 'none',
  isMoving: false,
  ...more,
});
const step = (slots: RolloutSlot[], more = {}) => nextRolloutStep({ slots, isKept: false, isStopped: false, ...more });

describe('a rollout', () => {
  it('recycles the first slot whose worker has other settings than those that hold', () => {
    assert.deepEqual(step([slot(1, 'current'), slot(2, 'outdated'), slot(3, 'outdated')]), { do: 'recycle', slot: 'shop/2' });
  });

  it('is done when no worker has other settings; a slot without a worker gets them with its next one', () => {
    assert.deepEqual(step([slot(1, 'current'), slot(2, 'none')]), { do: 'done' });
    assert.deepEqual(step([]), { do: 'done' });
  });

  it('waits while any slot of the pool moves, so that one is recycled at a time', () => {
    assert.deepEqual(step([slot(1, 'current', { isMoving: true }), slot(2, 'outdated')]), { do: 'wait' });
    assert.deepEqual(step([slot(1, 'none', { isMoving: true }), slot(2, 'outdated')]), { do: 'wait' });
  });

  it('waits while a worker of the pool is not ready', () => {
    assert.deepEqual(step([slot(1, 'current', { isReady: false }), slot(2, 'outdated')]), { do: 'wait' });
    assert.deepEqual(step([slot(1, 'outdated', { isReady: false })]), { do: 'wait' });
  });

  it('does nothing where it was stopped, and where rotation for a change is disallowed', () => {
    assert.deepEqual(step([slot(1, 'outdated')], { isStopped: true }), { do: 'wait' });
    assert.deepEqual(step([slot(1, 'outdated')], { isKept: true }), { do: 'wait' });
  });
});
