import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { childrenOf, Harness } from './testing/harness.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

test('a host service says when it is ready, answers probes, and ends with 0 on SIGTERM', async () => {
  await using harness = await Harness.open();
  await harness.host.close(AbortSignal.timeout(5_000));
  const service = spawn(process.execPath, [MAIN, ...flags(harness), '--spares', '1'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, BATON_SECRET: 'cluster secret' },
  });
  const [ready] = (await once(service, 'message')) as [{ type: string; ports: { probe: number } }];
  assert.equal(ready.type, 'ready');
  await until(async () => (await fetch(`http://127.0.0.1:${ready.ports.probe}/readyz`)).status === 200);
  const registered = await until(() => harness.was.all('registered').findLast(({ pid }) => pid === service.pid));
  assert.equal(registered.hostId, 'h1');
  await until(async () => (await childrenOf(service.pid!)).length === 1);
  const exit = once(service, 'exit');
  service.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
});

test('wrong flags, an id that is in use and a taken port are one line and exit code 1', async () => {
  await using harness = await Harness.open();
  const wrong = await runMain([...flags(harness), '--capacity', 'all']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^USAGE: --capacity \(BATON_CAPACITY\): expected a whole number from 1 to 10000, got "all"\. .*\n$/);
  const doubled = await runMain([...flags(harness)]);
  assert.equal(doubled.code, 1);
  assert.match(doubled.stderr, /^DATA_DIR_IN_USE: a host runs already/m);
  await harness.host.close(AbortSignal.timeout(5_000));
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  const taken = await runMain([...flags(harness), '--probe-port', String(port)]);
  squatter.close();
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /^PORT_TAKEN: the probe port 127\.0\.0\.1:\d+ cannot be opened/m);
});

function flags(harness: Harness): string[] {
  const { id, clusterId, was, redis, appRoot, stateDir } = harness.settings;
  return ['--id', id, '--cluster', clusterId, '--was', was.join(','), '--redis', redis, '--app-root', appRoot, '--state-dir', stateDir];
}

function runMain(args: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...process.env, BATON_SECRET: 'cluster secret' } }, (error, _stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stderr });
    });
  });
}
