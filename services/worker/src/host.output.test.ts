import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { Harness } from './testing/harness.ts';

test("an app's output becomes log lines that name pool, worker and generation", async () => {
  await using harness = await Harness.open();
  await harness.start('w3', { act: 'lines' });
  await until(() => harness.lines('w3').length >= 3);
  await harness.stop('w3');
  await harness.was.state('w3', 'EXITED');
  const lines = harness.logs.filter(({ worker, stream }) => worker === 'w3' && stream !== undefined);
  const snowman = lines.find(({ msg }) => msg === '☃ up');
  assert.ok(snowman, 'the character that was cut in half is whole');
  assert.equal(snowman.pool, 'shop');
  assert.equal(snowman.slot, 'shop/1');
  assert.equal(snowman.generation, 3);
  assert.equal(snowman.stream, 'stdout');
  const long = lines.find(({ msg }) => String(msg).startsWith('xxx'));
  assert.match(String(long?.msg), /^x{16384} … \(cut at 16384 characters\)$/);
  const errors = lines.filter(({ stream }) => stream === 'stderr').map(({ msg }) => msg);
  assert.deepEqual(errors, ['to stderr', 'no line end']);
});

test('an app that writes without end keeps neither the host from its work nor its memory', async () => {
  await using harness = await Harness.open({ outputBudget: { perSecond: 100_000, burst: 200_000 } });
  const before = process.memoryUsage().rss;
  await harness.start('w1', { act: 'flood' });
  await harness.was.state('w1', 'CONNECTED');
  const beats = harness.was.all('heartbeat').length;
  const startedAtMs = Date.now();
  await until(() => harness.was.all('heartbeat').length >= beats + 20);
  const tookMs = Date.now() - startedAtMs;
  assert.ok(tookMs < 4_000, `20 heartbeats of 100 ms took ${tookMs} ms`);
  const dropped = await until(() => harness.logs.find(({ droppedLines }) => droppedLines !== undefined));
  assert.equal(dropped.worker, 'w1');
  assert.ok(Number(dropped.droppedLines) > 1_000);
  assert.ok(harness.lines('w1').length < 5_000, `${harness.lines('w1').length} lines were logged`);
  assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024);
  await harness.stop('w1', { force: true });
  await harness.was.state('w1', 'EXITED');
});
