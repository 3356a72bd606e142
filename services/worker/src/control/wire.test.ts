import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatonError } from '@baton/core';
import { toOrder } from './wire.ts';

const facts = { epoch: 2, number: 3, slot: 'shop/1', poolId: 'shop', workerId: 'w1', generation: 4 };

test('an order in protobuf JSON becomes what the host works with', () => {
  const order = toOrder({
    ...facts,
    start: {
      app: { appKey: 'shop', entry: 'server.js', ports: [8080] },
      channels: [{ adapterId: 'a1', channelId: 7, blob: 'eyJ9' }],
      environment: { A: { literal: '' }, B: { fromEnv: 'X' }, C: { fromFile: '/k' } },
      startupTimeLimitMs: 90_000,
    },
  });
  assert.equal(order.pool, 'shop');
  assert.equal(order.deadlineMs, 0);
  assert.ok(order.verb.type === 'start');
  assert.deepEqual(order.verb.channels, [{ adapterId: 'a1', channelId: 7, blob: 'eyJ9', isDetached: false }]);
  assert.deepEqual(order.verb.environment, { A: { literal: '' }, B: { fromEnv: 'X' }, C: { fromFile: '/k' } });
  assert.equal(order.verb.idleTimeoutMs, 0);
});

test('a field that a later release adds is passed over', () => {
  assert.equal(toOrder({ ...facts, stop: { limitMs: 5, mercy: true } }).verb.type, 'stop');
});

const WRONG: [string, unknown][] = [
  ['nothing', undefined],
  ['text', 'start'],
  ['a list', []],
  ['no verb', facts],
  ['no slot', { ...facts, slot: '', stop: {} }],
  ['no worker', { ...facts, workerId: '', stop: {} }],
  ['a number that is text', { ...facts, epoch: 'two', stop: {} }],
  ['a variable without a source', { ...facts, start: { environment: { A: {} } } }],
];
for (const [title, data] of WRONG) {
  test(`no order: ${title}`, () => {
    assert.throws(
      () => toOrder(data),
      (error) => error instanceof BatonError && error.code === 'INVALID_ARGUMENT',
    );
  });
}
