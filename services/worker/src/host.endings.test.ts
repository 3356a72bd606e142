import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { Harness, isRunning } from './testing/harness.ts';

test('a worker that ignores message and SIGTERM is killed at the limit, and its grandchildren go with it', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'deaf grandchild' });
  const { pid } = await harness.was.state('w1', 'CONNECTED');
  const grandchild = await grandchildOf(harness, 'w1');
  assert.ok(await isRunning(grandchild));
  const orderedAtMs = Date.now();
  await harness.stop('w1', { limitMs: 600 });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.ok(Date.now() - orderedAtMs >= 550);
  assert.equal(exit?.signal, 'SIGKILL');
  assert.equal(exit?.code, -1);
  assert.equal(exit?.errorCode, 'SHUTDOWN_TIMEOUT');
  assert.equal(exit?.planned, true);
  assert.equal(await isRunning(pid), false);
  await until(async () => !(await isRunning(grandchild)));
});

test('a worker that needs SIGTERM gets it before the limit', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'slow' });
  await harness.was.state('w1', 'CONNECTED');
  const orderedAtMs = Date.now();
  await harness.stop('w1', { limitMs: 1_000, cause: 'recycle' });
  const { exit } = await harness.was.state('w1', 'EXITED');
  const tookMs = Date.now() - orderedAtMs;
  assert.ok(tookMs >= 780, `took ${tookMs} ms`);
  assert.equal(exit?.code, 0);
  assert.equal(exit?.errorCode, '');
  assert.equal(exit?.message, 'stopped: recycle');
});

test('a forced stop does not ask, and an unhealthy worker counts as a failure', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'deaf' });
  await harness.was.state('w1', 'CONNECTED');
  await harness.stop('w1', { limitMs: 300, cause: 'unhealthy', force: true });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'WORKER_UNHEALTHY');
  assert.equal(exit?.planned, false);
  assert.ok(!harness.lines('w1').some((line) => line.startsWith('asked to stop')));
});

test('a forced stop after a polite one does not wait for the polite limit', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'slow' });
  await harness.was.state('w1', 'CONNECTED');
  await harness.stop('w1', { limitMs: 60_000 });
  await until(() => harness.lines('w1').some((line) => line.startsWith('asked to stop')));
  await harness.stop('w1', { limitMs: 60_000, force: true });
  await harness.was.state('w1', 'EXITED');
});

test('a crash is reported with its signal or code and the line that says why', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'crash grandchild' });
  const crashed = await harness.was.state('w1', 'EXITED');
  assert.equal(crashed.exit?.code, 1);
  assert.equal(crashed.exit?.errorCode, 'APP_CRASHED');
  assert.equal(crashed.exit?.planned, false);
  assert.match(crashed.exit?.message ?? '', /^the worker process ended unasked with exit code 1; it last said: RangeError: cannot go on$/);
  const grandchild = await grandchildOf(harness, 'w1');
  await until(async () => !(await isRunning(grandchild)));

  await harness.start('w2');
  const { pid } = await harness.was.state('w2', 'CONNECTED');
  const killedAtMs = Date.now();
  process.kill(pid, 'SIGKILL');
  const killed = await harness.was.state('w2', 'EXITED');
  assert.ok(Date.now() - killedAtMs < 250, `told after ${Date.now() - killedAtMs} ms`);
  assert.equal(killed.exit?.signal, 'SIGKILL');
  assert.match(killed.exit?.message ?? '', /by SIGKILL/);
});

test('an app that throws, exits or says that it failed while loading is reported by what it said', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'throws' });
  await harness.start('w2', { act: 'exits' }, { slot: 'shop/2' });
  await harness.start('w3', { act: 'failed' }, { slot: 'shop/3' });
  const threw = (await harness.was.state('w1', 'EXITED')).exit;
  assert.equal(threw?.errorCode, 'APP_EXITED');
  assert.match(threw?.message ?? '', /TypeError: the configuration has no port/);
  const exited = (await harness.was.state('w2', 'EXITED')).exit;
  assert.equal(exited?.errorCode, 'APP_EXITED');
  assert.equal(exited?.message, 'the app ended with exit code 3 before it was ready');
  const failed = (await harness.was.state('w3', 'EXITED')).exit;
  assert.equal(failed?.errorCode, 'APP_THREW');
  assert.equal(failed?.message, 'the app threw while loading: no database');
});

test('an app that never listens is killed at startupTimeLimit', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { act: 'silent', startupTimeLimitMs: 500 });
  const { exit, pid } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'APP_DID_NOT_LISTEN');
  assert.match(exit?.message ?? '', /startupTimeLimit \(500 ms\)/);
  assert.equal(await isRunning(pid), false);
});

test('a worker process that does not even load is a STARTUP_TIMEOUT', async () => {
  await using harness = await Harness.open();
  const hanging = join(harness.dir, 'hanging.mjs');
  await writeFile(hanging, 'process.on("message", () => undefined);');
  await harness.host.close(AbortSignal.timeout(5_000));
  await harness.openHost({ childMain: hanging });
  await harness.start('w1', { startupTimeLimitMs: 400 });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'STARTUP_TIMEOUT');
});

test('a process that cannot be created is SPAWN_FAILED', async () => {
  await using harness = await Harness.open({ execPath: '/nowhere/node' });
  await harness.start('w1');
  const { exit, pid } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'SPAWN_FAILED');
  assert.equal(pid, 0);
});

test('an entry that is missing or outside the app root is ENTRY_NOT_FOUND', async () => {
  await using harness = await Harness.open();
  await harness.start('w1', { entry: 'gone.js' });
  await harness.start('w2', { entry: '../host.log' }, { slot: 'shop/2' });
  const missing = (await harness.was.state('w1', 'EXITED')).exit;
  assert.equal(missing?.errorCode, 'ENTRY_NOT_FOUND');
  assert.match(missing?.message ?? '', /gone\.js does not exist/);
  const outside = (await harness.was.state('w2', 'EXITED')).exit;
  assert.equal(outside?.errorCode, 'ENTRY_NOT_FOUND');
  assert.match(outside?.message ?? '', /outside the app root/);
});

async function grandchildOf(harness: Harness, worker: string): Promise<number> {
  const line = await until(() => harness.lines(worker).find((text) => text.startsWith('grandchild ')));
  return Number(line.split(' ')[1]);
}
