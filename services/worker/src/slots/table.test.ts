import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Order, StartVerb } from './order.ts';
import type { WorkerRecord } from './record.ts';
import { SlotTable } from './table.ts';

const exit = { code: 0, signal: '', errorCode: '', message: '', planned: true };

test('an order is entered once, and each change is told once', () => {
  const told: WorkerRecord[] = [];
  const table = new SlotTable({ onChange: (record) => told.push(record) });
  assert.equal(table.enter(startOf('w1', 1), 1).type, 'start');
  assert.equal(table.enter(startOf('w1', 1), 1).type, 'nothing');
  assert.deepEqual(
    told.map(({ state }) => state),
    ['starting', 'starting'],
  );
  table.apply('w1', { type: 'listening' });
  table.apply('w1', { type: 'listening' });
  table.apply('nobody', { type: 'listening' });
  assert.equal(told.length, 3);
});

test('the highest epoch comes from orders, from Redis and from WAS, and never falls', () => {
  const table = new SlotTable({ onChange: () => undefined });
  table.enter(startOf('w1', 1), 4);
  assert.equal(table.highestEpoch, 4);
  table.sawEpoch(6);
  table.sawEpoch(5);
  assert.equal(table.highestEpoch, 6);
  assert.deepEqual(table.enter({ ...startOf('w2', 1), epoch: 5 }, 5), { type: 'refuse', reason: 'stale' });
});

test('exits leave the view after their time and beyond their number, the oldest first, and their starts still do nothing', () => {
  let now = 1_000;
  const table = new SlotTable({ onChange: () => undefined, now: () => now, keepExitsMs: 100, maxExits: 2 });
  for (const [index, worker] of ['w1', 'w2', 'w3'].entries()) {
    table.enter(startOf(worker, index + 1), 1);
    table.apply(worker, { type: 'exited', exit, atMs: now + index });
  }
  table.enter(startOf('w4', 4), 1);
  assert.deepEqual(
    table.view().map(({ workerId }) => workerId),
    ['w2', 'w3', 'w4'],
  );
  now = 1_200;
  assert.deepEqual(
    table.view().map(({ workerId }) => workerId),
    ['w4'],
  );
  assert.equal(table.enter(startOf('w1', 5), 1).type, 'nothing');
});

test('what is remembered of former workers is bounded', () => {
  const table = new SlotTable({ onChange: () => undefined, maxExits: 1, maxRemembered: 3 });
  for (let n = 1; n <= 5; n++) {
    table.enter(startOf(`w${n}`, n), 1);
    table.apply(`w${n}`, { type: 'exited', exit, atMs: Date.now() });
  }
  assert.equal(table.enter(startOf('w5', 6), 1).type, 'nothing');
  assert.equal(table.enter(startOf('w1', 7), 1).type, 'start');
});

function startOf(workerId: string, number: number): Order & { readonly verb: StartVerb } {
  const limits = { startupTimeLimitMs: 1, shutdownTimeLimitMs: 1, idleTimeoutMs: 0 };
  const verb: StartVerb = {
    type: 'start',
    apps: [],
    role: 'activation',
    token: '',
    proofKey: '',
    channels: [],
    environment: {},
    noOverlap: false,
    traceparent: '',
    threadPool: { maxPoolThreads: 0, poolThreadLimit: 0 },
    facts: { maxProcesses: 1, pingIntervalMs: 0, pingResponseTimeMs: 0 },
    ...limits,
  };
  return { epoch: 1, number, deadlineMs: 0, slot: 'shop/1', pool: 'shop', workerId, generation: number, verb };
}
