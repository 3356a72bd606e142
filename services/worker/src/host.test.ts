import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { control } from '@baton/proto';
import { Harness, isRunning } from './testing/harness.ts';

test('a start order becomes a process that is reported step by step, and a stop order ends it', async () => {
  await using harness = await Harness.open();
  const { was } = harness;
  await harness.start('w1');
  const connected = await was.state('w1', 'CONNECTED');
  assert.equal(connected.slot, 'shop/1');
  assert.equal(connected.generation, 1);
  assert.equal(connected.role, 'activation');
  assert.equal(connected.fromSpare, false);
  assert.ok(await isRunning(connected.pid));
  assert.deepEqual(
    connected.connected.map(({ adapterId, channelId }) => [adapterId, channelId]),
    [['a1', 1]],
  );
  assert.deepEqual(
    connected.extraListens.map(({ wanted, actual }) => [wanted, actual]),
    [['0.0.0.0:9464', '127.0.0.1:40001']],
  );
  await harness.stop('w1', { cause: 'admin', successorWorkerId: 'w2' });
  const exited = await was.state('w1', 'EXITED');
  assert.equal(exited.exit?.planned, true);
  assert.equal(exited.exit?.code, 0);
  assert.equal(exited.exit?.errorCode, '');
  const states = was.all('worker').map((report) => control.WorkerState[report.state]);
  assert.deepEqual([...new Set(states)], ['STARTING', 'CONNECTING', 'CONNECTED', 'STOPPING', 'EXITED']);
  await until(() => harness.lines('w1').includes('asked to stop within 4000 ms for w2'));
  assert.ok(was.authorizations.every((header) => header === 'Bearer cluster secret'));
});

test('a connect order makes a worker dial a further channel', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { channels: [1] });
  await harness.was.state('w1', 'CONNECTED');
  await harness.connect('w1', 2);
  const report = await until(() => {
    const latest = harness.was.latest('w1');
    return latest?.connected.length === 2 && latest.state === control.WorkerState.CONNECTED ? latest : undefined;
  });
  assert.deepEqual(
    report.connected.map(({ channelId }) => channelId),
    [1, 2],
  );
});

test('a repeated start does nothing, and tells again what the worker is', async () => {
  await using harness = await Harness.open();
  await harness.start('w1');
  const { pid } = await harness.was.state('w1', 'CONNECTED');
  const told = harness.was.all('worker').length;
  await harness.start('w1');
  await until(() => harness.was.all('worker').length === told + 1);
  assert.equal(harness.was.latest('w1')?.pid, pid);
  await harness.stop('w1');
  await harness.was.state('w1', 'EXITED');
  await harness.start('w1');
  await until(() => harness.host.counts().ordersEntered === 4);
  assert.equal(harness.was.latest('w1')?.state, control.WorkerState.EXITED);
  assert.equal(harness.host.counts().workersStarted, 1);
});

test('an order of a replaced leader is refused as stale, whether Redis or the host knows the newer epoch', async () => {
  await using harness = await Harness.open();
  await harness.setEpoch(3);
  await harness.start('w1', {}, { epoch: 2 });
  const refused = await until(() => harness.was.all('orderRefused')[0]);
  assert.equal(refused.reason, 'stale');
  assert.equal(refused.epoch, 2);
  assert.equal(refused.highestEpoch, 3);
  assert.match(refused.jobId, /^shop\.1-1-start-2-/);
  await harness.setEpoch(1);
  await harness.start('w2', {}, { epoch: 2 });
  await until(() => harness.was.all('orderRefused').length === 2);
  assert.equal(harness.was.latest('w1'), undefined);
  assert.equal(harness.host.table.view().length, 0);
});

test('an order whose deadline has passed and one that was overtaken are dropped and told', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', {}, { deadlineMs: Date.now() - 1 });
  await until(() => harness.was.all('orderRefused')[0]?.reason === 'deadline');
  await harness.start('w2', {}, { number: 10 });
  await harness.was.state('w2', 'CONNECTED');
  await harness.stop('w2', {}, { number: 9 });
  await until(() => harness.was.all('orderRefused')[1]?.reason === 'overtaken');
  assert.equal(harness.was.latest('w2')?.state, control.WorkerState.CONNECTED);
});

test('a stop that comes before its start makes the start do nothing', async () => {
  await using harness = await Harness.open();
  await harness.stop('w1');
  const buried = await harness.was.state('w1', 'EXITED');
  assert.equal(buried.exit?.planned, true);
  await harness.start('w1');
  await until(() => harness.host.counts().ordersEntered === 2);
  assert.equal(harness.host.counts().workersStarted, 0);
});

test('a job that holds no order is refused as unreadable and does not stop the queue', async () => {
  await using harness = await Harness.open();
  await harness.queue.add('order', { epoch: 'one' }, { jobId: 'broken', removeOnComplete: true, removeOnFail: true });
  await until(() => harness.was.all('orderRefused')[0]?.reason === 'unreadable');
  await harness.start('w1');
  await harness.was.state('w1', 'CONNECTED');
  assert.equal(await harness.queue.getJob('broken'), undefined);
});

test('a hundred orders for other slots do not wait for each other, and all jobs are gone afterwards', async () => {
  await using harness = await Harness.open({ capacity: 1 });
  const slots = Array.from({ length: 100 }, (_, index) => index + 1);
  await Promise.all(slots.map((slot) => harness.stop(`w${slot}`, {}, { slot: `shop/${slot}` })));
  await until(() => harness.host.counts().ordersEntered === 100);
  await until(async () => {
    const counts = await harness.queue.getJobCounts();
    return Object.values(counts).every((count) => count === 0);
  });
});

test('a start beyond the capacity fails with NO_HOST', async () => {
  await using harness = await Harness.open({ capacity: 1 });
  await harness.start('w1');
  await harness.was.state('w1', 'CONNECTED');
  await harness.start('w2', {}, { slot: 'shop/2' });
  const refused = await harness.was.state('w2', 'EXITED');
  assert.equal(refused.exit?.errorCode, 'NO_HOST');
  assert.equal(refused.exit?.planned, false);
});

test('a wish is repeated until WAS answers it, and the answer reaches the worker', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'idle' });
  await until(() => harness.was.all('wish').length >= 2);
  const wish = harness.was.all('wish')[0];
  assert.equal(wish?.kind, control.WishKind.IDLE_OUT);
  assert.deepEqual(
    wish?.connected.map(({ adapterId, channelId }) => [adapterId, channelId]),
    [['a1', 1]],
  );
  harness.was.answerWish('w1', false);
  await until(() => harness.lines('w1').includes('idle granted: false'));
  const told = harness.was.all('wish').length;
  await until(() => harness.was.all('heartbeat').length > 15);
  assert.equal(harness.was.all('wish').length, told);
});

test('a wish to be recycled goes to WAS with its reason until it is answered, beside a wish to be put away', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'idle recycle' });
  const wishes = (kind: control.WishKind) => harness.was.all('wish').filter((wish) => wish.kind === kind);
  await until(() => wishes(control.WishKind.RECYCLE).length >= 2);
  assert.equal(wishes(control.WishKind.RECYCLE)[0]?.reason, 'tired');
  harness.was.answerWish('w1', true, control.WishKind.RECYCLE);
  await until(() => harness.lines('w1').includes('recycle granted: true'));
  const told = wishes(control.WishKind.RECYCLE).length;
  const idle = wishes(control.WishKind.IDLE_OUT).length;
  await until(() => wishes(control.WishKind.IDLE_OUT).length > idle + 1);
  assert.equal(wishes(control.WishKind.RECYCLE).length, told);
});

test('heartbeats carry what each worker says of itself, its memory and the free memory of the host', async () => {
  await using harness = await Harness.open();
  await harness.start('w1');
  await harness.was.state('w1', 'CONNECTED');
  const heartbeat = await until(() => harness.was.all('heartbeat').findLast(({ workers }) => workers[0]?.requestsServed === 7));
  assert.equal(heartbeat.workers[0]?.workerId, 'w1');
  assert.equal(heartbeat.workers[0]?.inFlight, 1);
  assert.ok((heartbeat.workers[0]?.rssBytes ?? 0) > 10_000_000);
  assert.ok(heartbeat.freeMemoryBytes > 1_000_000);
});
