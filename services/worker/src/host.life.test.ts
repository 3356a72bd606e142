import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { until } from '@baton/core';
import { control } from '@baton/proto';
import { childrenOf, Harness, isRunning, startHostProcess } from './testing/harness.ts';

describe('the life of a host', { concurrency: 4 }, () => {
  test('a host that is told to end stops its workers by the ladder, tells WAS, and leaves no process', async () => {
    await using harness = await Harness.open({ spares: 1 });
    await until(() => harness.host.readySpares() === 1);
    await harness.start('w1', { act: 'grandchild' });
    await harness.start('w2', { act: 'deaf', shutdownTimeLimitMs: 500 }, { slot: 'shop/2' });
    const pids = [(await harness.was.state('w1', 'CONNECTED')).pid, (await harness.was.state('w2', 'CONNECTED')).pid];
    const line = await until(() => harness.lines('w1').find((text) => text.startsWith('grandchild ')));
    pids.push(Number(line.split(' ')[1]));
    await until(() => harness.host.readySpares() === 1);
    await harness.host.close(AbortSignal.timeout(10_000));
    const first = harness.was.latest('w1');
    assert.equal(first?.state, control.WorkerState.EXITED);
    assert.equal(first?.exit?.message, 'stopped: shutdown');
    assert.equal(harness.was.latest('w2')?.exit?.errorCode, 'SHUTDOWN_TIMEOUT');
    for (const pid of pids) await until(async () => !(await isRunning(pid)), 2_000, `the end of ${pid}`);
    assert.deepEqual(await childrenOf(process.pid, harness.dir), []);
  });

  test('a host that must close at once kills what is left', async () => {
    await using harness = await Harness.open();
    await harness.start('w1', { act: 'deaf', shutdownTimeLimitMs: 60_000 });
    const { pid } = await harness.was.state('w1', 'CONNECTED');
    await harness.host.close(AbortSignal.timeout(100));
    await until(async () => !(await isRunning(pid)));
  });

  test('SIGTERM ends the host process with 0 after its workers', async () => {
    await using harness = await Harness.open();
    await harness.host.close(AbortSignal.timeout(5_000));
    const host = await startHostProcess(harness.settings);
    await harness.start('w1');
    const { pid } = await harness.was.state('w1', 'CONNECTED');
    const exit = once(host, 'exit');
    host.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
    assert.equal(await isRunning(pid), false);
    assert.equal(harness.was.latest('w1')?.state, control.WorkerState.EXITED);
  });

  test('a second SIGTERM ends the host at once and leaves no process', async () => {
    await using harness = await Harness.open();
    await harness.host.close(AbortSignal.timeout(5_000));
    const host = await startHostProcess(harness.settings);
    await harness.start('w1', { act: 'deaf', shutdownTimeLimitMs: 60_000 });
    const { pid } = await harness.was.state('w1', 'CONNECTED');
    const exit = once(host, 'exit');
    host.kill('SIGTERM');
    await harness.was.state('w1', 'STOPPING');
    host.kill('SIGTERM');
    assert.deepEqual(await exit, [1, null]);
    await until(async () => !(await isRunning(pid)));
  });

  test('a host that loses its supervisor stops as on SIGTERM', async () => {
    await using harness = await Harness.open();
    await harness.host.close(AbortSignal.timeout(5_000));
    const host = await startHostProcess(harness.settings);
    await harness.start('w1');
    const { pid } = await harness.was.state('w1', 'CONNECTED');
    const exit = once(host, 'exit');
    host.disconnect();
    assert.deepEqual(await exit, [0, null]);
    assert.equal(await isRunning(pid), false);
  });

  test('a host that was killed finds its workers at its return, tells of them, and ends those that do not drain', async () => {
    await using harness = await Harness.open();
    await harness.host.close(AbortSignal.timeout(5_000));
    const host = await startHostProcess(harness.settings);
    const drain = (value: string) => ({
      act: 'survive deaf',
      environment: { DRAIN_MS: { case: 'literal' as const, value } },
      shutdownTimeLimitMs: 1_500,
    });
    await harness.start('w1', drain('1000'));
    await harness.start('w2', drain('600000'), { slot: 'shop/2' });
    const [first, second] = [await harness.was.state('w1', 'CONNECTED'), await harness.was.state('w2', 'CONNECTED')];
    await until(() => ledgerNames(harness, ['w1', 'w2']));
    const exit = once(host, 'exit');
    host.kill('SIGKILL');
    await exit;
    assert.ok(await isRunning(first.pid));

    await harness.openHost();
    const registered = await until(() => harness.was.all('registered').findLast(({ workers }) => workers.length === 2));
    for (const worker of registered.workers) assert.equal(worker.state, control.WorkerState.STOPPING);
    assert.equal(registered.workers.find(({ workerId }) => workerId === 'w1')?.pid, first.pid);
    await harness.start('w1');
    const drained = await harness.was.state('w1', 'EXITED');
    assert.equal(drained.exit?.errorCode, '');
    const killed = await harness.was.state('w2', 'EXITED');
    assert.equal(killed.exit?.errorCode, 'SHUTDOWN_TIMEOUT');
    assert.equal(await isRunning(second.pid), false);
    assert.equal(harness.host.counts().workersStarted, 0);
  });

  test('workers that ended while their host or WAS was away are told as ended, each with its cause', async () => {
    await using harness = await Harness.open();
    await harness.host.close(AbortSignal.timeout(5_000));
    const killed = await startHostProcess(harness.settings);
    await harness.start('w1', { act: 'survive deaf', environment: { DRAIN_MS: { case: 'literal', value: '600000' } } });
    await harness.start('w2', {}, { slot: 'shop/2' });
    const [first] = [await harness.was.state('w1', 'CONNECTED'), await harness.was.state('w2', 'CONNECTED')];
    await harness.stop('w2', { cause: 'idle' }, { slot: 'shop/2' });
    await harness.was.state('w2', 'EXITED');
    await until(() => ledgerNames(harness, ['w1', 'stopped: idle']));
    const exit = once(killed, 'exit');
    killed.kill('SIGKILL');
    await exit;
    process.kill(first.pid, 'SIGKILL');
    await until(async () => !(await isRunning(first.pid)));

    await harness.openHost();
    const registered = await until(() => harness.was.all('registered').findLast(({ workers }) => workers.length === 2));
    const told = registered.workers.map(({ workerId, state, exit: end }) => [workerId, state, end?.message, end?.planned]);
    assert.deepEqual(told.sort(), [
      ['w1', control.WorkerState.EXITED, 'its host was lost, and it ended', true],
      ['w2', control.WorkerState.EXITED, 'stopped: idle', true],
    ]);
  });
});

async function ledgerNames(harness: Harness, words: string[]): Promise<boolean> {
  const text = await readFile(join(harness.dir, 'state', 'children.json'), 'utf8').catch(() => '');
  return words.every((word) => text.includes(`"${word}"`));
}
