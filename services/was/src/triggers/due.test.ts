import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AgingSlot, nextDue } from './due.ts';

const slot = (index: number, more: Partial<AgingSlot> = {}): AgingSlot => ({
  name: `shop/${index}`,
  workerId: `w${index}`,
  sinceMs: 0,
  requests: 0,
  isMoving: false,
  ...more,
});
const due = (slots: AgingSlot[], limits: { timeMs?: number; requests?: number }, now = 60_000) => {
  const found = nextDue(slots, { timeMs: 0, requests: 0, ...limits }, now);
  return found && [found.slot.name, found.cause, found.reason];
};

describe('periodicRestart', () => {
  it('is off where its limit is 0', () => {
    assert.equal(due([slot(1, { requests: 1e6 })], {}, 1e12), undefined);
  });

  it('names a worker from the moment its age reaches time', () => {
    assert.equal(due([slot(1)], { timeMs: 60_000 }, 59_999), undefined);
    assert.deepEqual(due([slot(1)], { timeMs: 60_000 }), ['shop/1', 'time', 'ready for 1m']);
  });

  it('names a worker from the request on that reaches requests', () => {
    assert.equal(due([slot(1, { requests: 99 })], { requests: 100 }), undefined);
    assert.deepEqual(due([slot(1, { requests: 120 })], { requests: 100 }), ['shop/1', 'requests', '120 requests served, the limit is 100']);
  });

  it('leaves a worker alone that is not ready', () => {
    assert.equal(due([slot(1, { sinceMs: undefined, requests: 9 })], { timeMs: 1, requests: 1 }), undefined);
  });

  it('takes the workers of a pool one by one, the one that is over its limit by most first', () => {
    const slots = [slot(1, { sinceMs: 20_000 }), slot(2, { sinceMs: 10_000 })];
    assert.deepEqual(due(slots, { timeMs: 30_000 }), ['shop/2', 'time', 'ready for 30s']);
    assert.equal(due([slots[0]!, { ...slots[1]!, isMoving: true }], { timeMs: 30_000 }), undefined);
  });
});
