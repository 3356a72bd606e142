import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { until } from '@baton/core';
import { Harness, isRunning } from './testing/harness.ts';

suite('a host that has lost the leader', () => {
  test('ends workers that must not overlap, within a second, and keeps the others', async () => {
    await using harness = await Harness.open({ aloneMs: 600 });
    await harness.start('w1', { noOverlap: true, act: 'deaf', shutdownTimeLimitMs: 60_000 });
    await harness.start('w2', {}, { slot: 'shop/2' });
    const [first, second] = [await harness.was.state('w1', 'CONNECTED'), await harness.was.state('w2', 'CONNECTED')];
    await until(() => harness.was.all('heartbeat').length > 10);
    assert.equal(harness.was.latest('w1')?.exit, undefined, 'not while the leader answers');
    const lostAtMs = Date.now();
    harness.was.down();
    const exit = await until(() => harness.host.table.get('w1')?.exit);
    const tookMs = Date.now() - lostAtMs;
    assert.ok(tookMs > 300 && tookMs < 600 + 1_000, `${tookMs} ms`);
    assert.deepEqual([exit.planned, exit.errorCode], [true, 'SHUTDOWN_TIMEOUT']);
    assert.deepEqual([await isRunning(first.pid), await isRunning(second.pid)], [false, true]);
  });

  test('hurries one that is being stopped already', async () => {
    await using harness = await Harness.open({ aloneMs: 600 });
    await harness.start('w1', { noOverlap: true, act: 'slow', shutdownTimeLimitMs: 60_000 });
    await harness.was.state('w1', 'CONNECTED');
    await harness.stop('w1', { limitMs: 60_000, cause: 'recycle' });
    await harness.was.state('w1', 'STOPPING');
    harness.was.down();
    const exit = await until(() => harness.host.table.get('w1')?.exit);
    assert.deepEqual([exit.planned, exit.message], [true, 'stopped: recycle']);
  });

  test('starts none that must not overlap', async () => {
    await using harness = await Harness.open({ aloneMs: 300 });
    await harness.start('w3', { noOverlap: true }, { slot: 'shop/3' });
    await harness.was.state('w3', 'CONNECTED');
    harness.was.down();
    // From its end on the host counts itself as alone.
    await until(() => harness.host.table.get('w3')?.exit);
    await harness.start('w1', { noOverlap: true });
    const line = await until(() => harness.logs.find(({ reason }) => reason === 'alone'));
    assert.match(String(line.msg), /must not overlap/);
    await harness.start('w2', {}, { slot: 'shop/2' });
    await until(() => harness.host.table.get('w2')?.state === 'connected');
    assert.deepEqual([harness.host.counts().ordersRefused, harness.host.table.get('w1')], [1, undefined]);
  });
});
