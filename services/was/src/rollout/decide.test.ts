import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isThrough, nextRolloutStep, type RolloutSlot } from './decide.ts';

const SETTLE_MS = 1_000;
const BEGAN_AT_MS = 50_000;

const slot = (index: number, worker: RolloutSlot['worker'], more: Partial<RolloutSlot> = {}): RolloutSlot => ({
  name: `shop/${index}`,
  worker,
  servesForMs: worker === 'none' ? undefined : SETTLE_MS,
  isMoving: false,
  crash: undefined,
  ...more,
});
const step = (slots: RolloutSlot[], more = {}) =>
  nextRolloutStep(
    { slots, settings: 'new', beganAtMs: BEGAN_AT_MS, isKept: false, isStopped: false, ...more },
    { rolloutSettleMs: SETTLE_MS },
  );

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

  it('waits while a worker of the pool takes no work', () => {
    assert.deepEqual(step([slot(1, 'current', { servesForMs: undefined }), slot(2, 'outdated')]), { do: 'wait' });
    assert.deepEqual(step([slot(1, 'outdated', { servesForMs: undefined })]), { do: 'wait' });
  });

  it('waits until a worker with the new settings has settled, for no other, and not after the last slot', () => {
    const fresh = { servesForMs: SETTLE_MS - 1 };
    assert.deepEqual(step([slot(1, 'current', fresh), slot(2, 'outdated')]), { do: 'wait' });
    assert.deepEqual(step([slot(1, 'current'), slot(2, 'outdated', { servesForMs: 0 })]), { do: 'recycle', slot: 'shop/2' });
    assert.deepEqual(step([slot(1, 'current'), slot(2, 'current', fresh)]), { do: 'done' });
  });

  it('does nothing where it was stopped, and where rotation for a change is disallowed', () => {
    assert.deepEqual(step([slot(1, 'outdated')], { isStopped: true }), { do: 'wait' });
    assert.deepEqual(step([slot(1, 'outdated')], { isKept: true }), { do: 'wait' });
  });
});

describe('a rollout without outdated workers', () => {
  it('is through when nothing moves and every worker there is takes work', () => {
    assert.equal(isThrough([slot(1, 'current'), slot(2, 'none')]), true);
    assert.equal(isThrough([slot(1, 'current'), slot(2, 'none', { isMoving: true })]), false);
    assert.equal(isThrough([slot(1, 'current', { servesForMs: undefined })]), false);
  });
});

describe('a worker that dies while a rollout runs', () => {
  const crash = { workerId: 'w3', settings: 'new', cause: 'APP_CRASHED', atMs: BEGAN_AT_MS };

  it('stops it when it had the new settings, also while another slot moves', () => {
    const stop = { do: 'stop', slot: 'shop/1', crash };
    assert.deepEqual(step([slot(1, 'none', { crash, isMoving: true }), slot(2, 'outdated')]), stop);
    assert.deepEqual(step([slot(1, 'current', { crash }), slot(2, 'outdated', { isMoving: true })]), stop);
  });

  it('does not stop it when it had others, or nobody knows which', () => {
    for (const settings of ['old', undefined]) {
      const old = { ...crash, settings };
      assert.deepEqual(step([slot(1, 'current', { crash: old }), slot(2, 'outdated')]), { do: 'recycle', slot: 'shop/2' });
    }
  });

  it('does not stop one that begins later, or that is over', () => {
    const slots = [slot(1, 'current', { crash }), slot(2, 'outdated')];
    assert.deepEqual(step(slots, { beganAtMs: BEGAN_AT_MS + 1 }), { do: 'recycle', slot: 'shop/2' });
    assert.deepEqual(step(slots, { beganAtMs: undefined }), { do: 'recycle', slot: 'shop/2' });
    assert.deepEqual(step(slots, { isStopped: true }), { do: 'wait' });
    assert.deepEqual(step([slot(1, 'current', { crash }), slot(2, 'current')]), { do: 'done' });
  });
});
