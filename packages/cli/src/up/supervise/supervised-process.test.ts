import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BatonError, until } from '@baton/core';
import { startTimeOf } from './process-id.ts';
import { awaitReadyMessage, type ProcessSpec } from './spec.ts';
import { SupervisedProcess } from './supervised-process.ts';

interface Seen {
  readonly supervised: SupervisedProcess;
  readonly lines: string[];
  /** Announced delays, ms. */
  readonly downs: number[];
  readonly ready: number[];
}

const READY = 'process.send({ type: "ready", ports: { grpc: Number(process.argv[1] ?? 0) + 1 } });';
const STAY = 'setInterval(() => {}, 1000); process.on("disconnect", () => process.exit(0));';

/** Supervises a small program; it is killed at the end. */
function supervise(t: TestContext, source: string, args: ProcessSpec['args'] = () => []): Seen {
  const seen = { lines: [] as string[], downs: [] as number[], ready: [] as number[] };
  const supervised = new SupervisedProcess(
    {
      key: 'it',
      command: process.execPath,
      args: (previous) => ['-e', source, ...args(previous)],
      env: process.env,
      hasIpc: true,
      awaitReady: awaitReadyMessage,
    },
    {
      onLine: (_key, _stream, text) => seen.lines.push(text),
      onDown: (_key, _reason, retryInMs) => seen.downs.push(retryInMs),
      onReady: (_key, pid) => seen.ready.push(pid),
    },
  );
  t.after(() => supervised.kill());
  return { supervised, ...seen };
}

const never = new AbortController().signal;

test('a process is ready when it says so, and its ports are known', async (t) => {
  const { supervised, ready } = supervise(t, READY + STAY);
  assert.deepEqual(await supervised.start(never), { ports: { grpc: 1 } });
  assert.deepEqual(ready, [supervised.running!.pid]);
  assert.equal(supervised.running!.startTime, startTimeOf(ready[0]!));
});

test('a process that ends before it is ready is an error in its own words, and is not started again', async (t) => {
  const { supervised, ready, downs } = supervise(
    t,
    'console.error("noise"); console.error("NO_HOST: the shelf is empty. Fill it"); process.exit(3);',
  );
  await assert.rejects(
    supervised.start(never),
    (error: BatonError) => error.code === 'NO_HOST' && error.message === 'it did not start: the shelf is empty. Fill it',
  );
  const crash = supervise(t, 'console.error("oh no"); process.exit(3);');
  await assert.rejects(crash.supervised.start(never), /it did not start: exit code 3, its last words were "oh no"/);
  assert.deepEqual([...ready, ...downs], []);
});

test('a command that does not exist is an error', async () => {
  const spec: ProcessSpec = {
    key: 'it',
    command: '/nowhere',
    args: () => [],
    env: {},
    hasIpc: false,
    awaitReady: () => new Promise(() => undefined),
  };
  const quiet = { onLine: () => undefined, onDown: () => undefined, onReady: () => undefined };
  await assert.rejects(new SupervisedProcess(spec, quiet).start(never), BatonError);
});

test('a process that keeps dying is started again with growing delays, told each time, with the ports it had', async (t) => {
  const { supervised, downs, ready } = supervise(t, `${READY} setTimeout(() => process.exit(1), 20);`, (previous) => [
    String(previous?.ports.grpc ?? 0),
  ]);
  await supervised.start(never);
  await until(() => downs.length >= 3, 15_000, 'the third restart');
  const [first, second, third] = downs as [number, number, number];
  assert.ok(first >= 160 && first <= 240, `${first}`);
  assert.ok(second > first && third > second, downs.join());
  assert.ok(ready.length >= 3);
  assert.ok(supervised.ports.grpc! >= 3);
});

test('a process that ignores SIGTERM is killed at the limit, with its children', async (t) => {
  const source = `process.on("SIGTERM", () => {}); console.log(require("node:child_process").spawn("sleep", ["1000"], { stdio: "ignore" }).pid); ${READY} ${STAY}`;
  const { supervised, lines } = supervise(t, source);
  await supervised.start(never);
  const { pid } = supervised.running!;
  await supervised.stop(100);
  assert.equal(startTimeOf(pid), undefined);
  const [child, last] = lines;
  assert.equal(last, 'did not end within 100 ms and is killed');
  await until(() => startTimeOf(Number(child)) === undefined, 2_000, 'the end of its child');
});

test('a stop while it waits for its next start ends the supervision', async (t) => {
  const { supervised, downs, ready } = supervise(t, `${READY} process.disconnect();`);
  await supervised.start(never);
  await until(() => downs.length === 1, 5_000, 'its end');
  await supervised.stop(1_000);
  assert.equal(supervised.running, undefined);
  assert.equal(ready.length, 1);
});
