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
