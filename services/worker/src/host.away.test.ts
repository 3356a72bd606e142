import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { control } from '@baton/proto';
import { Harness, isRunning } from './testing/harness.ts';
import { ScriptedWas } from './testing/scripted-was.ts';

test('workers go on while WAS is away, and its return gets the whole view, exits included', async () => {
  await using harness = await Harness.open();
  await harness.start('w1');
  await harness.start('w2', {}, { slot: 'shop/2' });
  const { pid } = await harness.was.state('w1', 'CONNECTED');
  const second = await harness.was.state('w2', 'CONNECTED');
  const { port } = harness.was;
  harness.was.down();
  await until(() => !harness.host.isAttached());
  process.kill(second.pid, 'SIGKILL');
  await harness.start('w3', {}, { slot: 'shop/3' });
  await until(() => harness.host.table.get('w3')?.state === 'connected');
  await until(() => harness.host.table.get('w2')?.state === 'exited');
  assert.ok(await isRunning(pid));

  harness.was = await ScriptedWas.start(port);
  const registered = await harness.was.attached();
  const states = registered.workers.map(({ workerId, state }) => [workerId, control.WorkerState[state]]);
  assert.deepEqual(states.sort(), [
    ['w1', 'CONNECTED'],
    ['w2', 'EXITED'],
    ['w3', 'CONNECTED'],
  ]);
  const exit = registered.workers.find(({ workerId }) => workerId === 'w2')?.exit;
  assert.equal(exit?.errorCode, 'APP_CRASHED');
  assert.equal(exit?.signal, 'SIGKILL');
  assert.equal(registered.workers.find(({ workerId }) => workerId === 'w1')?.pid, pid);
});

test('a leader that acknowledges nothing is left and dialled again', async () => {
  await using harness = await Harness.open();
  harness.was.acknowledges = false;
  await until(() => harness.was.all('registered').length === 2);
  harness.was.acknowledges = true;
  await until(() => harness.host.isAttached());
});

test('a leader with an older epoch is left until a newer one answers', async () => {
  await using harness = await Harness.open();
  harness.was.epoch = 5;
  harness.was.answerWish('nobody', true);
  await until(() => harness.was.all('heartbeat').length > 2);
  await harness.setEpoch(7);
  await harness.start('w1', {}, { epoch: 7 });
  await until(() => !harness.host.isAttached());
  harness.was.epoch = 7;
  await until(() => harness.host.isAttached());
  const last = harness.was.all('registered').at(-1);
  assert.equal(last?.highestEpoch, 7);
});

test('a refusal while WAS is away is told when it is back', async () => {
  await using harness = await Harness.open();
  const { port } = harness.was;
  harness.was.down();
  await until(() => !harness.host.isAttached());
  await harness.setEpoch(4);
  await harness.start('w1', {}, { epoch: 3 });
  await until(() => harness.host.counts().ordersRefused === 1);
  harness.was = await ScriptedWas.start(port);
  harness.was.epoch = 4;
  const refused = await until(() => harness.was.all('orderRefused')[0]);
  assert.equal(refused.reason, 'stale');
});

test('orders wait while Redis is away, children go on, and the orders are entered once afterwards', async () => {
  await using harness = await Harness.open();
  await harness.start('w1');
  const { pid } = await harness.was.state('w1', 'CONNECTED');
  await harness.redis.stop();
  await until(() => !harness.host.isReady());
  const ordered = harness.start('w2', {}, { slot: 'shop/2' });
  assert.ok(await isRunning(pid));
  await harness.redis.restart();
  await ordered;
  await harness.was.state('w2', 'CONNECTED', 20_000);
  await until(() => harness.host.isReady());
  assert.equal(harness.host.counts().workersStarted, 2);
});

test('a host ends its workers and itself while Redis and WAS are away', async () => {
  await using harness = await Harness.open();
  await harness.start('w1');
  const { pid } = await harness.was.state('w1', 'CONNECTED');
  harness.was.down();
  await harness.redis.stop();
  await until(() => !harness.host.isReady());
  const startedAtMs = Date.now();
  await harness.host.close(AbortSignal.timeout(10_000));
  assert.ok(Date.now() - startedAtMs < 3_000, `took ${Date.now() - startedAtMs} ms`);
  assert.equal(await isRunning(pid), false);
});

test('a host that starts before Redis and WAS takes orders as soon as they are there', async () => {
  await using harness = await Harness.open();
  await harness.host.close(AbortSignal.timeout(5_000));
  const { port } = harness.was;
  harness.was.down();
  await harness.redis.stop();
  await harness.openHost();
  const ordered = harness.start('w1');
  assert.equal(harness.host.isReady(), false);
  await harness.redis.restart();
  harness.was = await ScriptedWas.start(port);
  await ordered;
  await harness.was.state('w1', 'CONNECTED', 20_000);
  await until(() => harness.host.isReady());
});
