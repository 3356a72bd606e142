import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until, within } from '@baton/core';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness, isRunning, startHostProcess } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

/** Talks with every request, in each of the ways an app can, and has a grandchild, whose pid it answers. */
const APP = `
const { writeSync } = require('node:fs');
const { spawn } = require('node:child_process');
const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
require('node:http').createServer((request, response) => {
  console.log('asked for ' + request.url);
  process.stdout.write('written\\n');
  process.stderr.write('x'.repeat(200000) + '\\n');
  if (request.url !== '/never') setImmediate(() => response.end(String(grandchild.pid)));
}).listen(8080);
`;

/** A worker whose host process was killed under it. */
async function orphan({ resumeLimitMs, ...fields }: { shutdownTimeLimitMs: number; noOverlap?: boolean; resumeLimitMs?: number }) {
  const harness = await Harness.open();
  await harness.host.close(AbortSignal.timeout(5_000));
  const adapter = await openAdapter({ ...(resumeLimitMs && { resumeLimitMs }) });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  const beats = harness.was.all('heartbeat').length;
  const host = await startHostProcess({ ...harness.settings, childMain: CHILD_MAIN });
  // Only an attached host says one, and only an attached host takes a worker that must not overlap.
  await until(() => harness.was.all('heartbeat').length > beats, 10_000, 'a heartbeat of the new host');
  await harness.start('w1', { ...(await adapter.startFields()), ...fields });
  const { pid } = await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  const grandchild = Number(await get(session, '/before'));
  const exit = once(host, 'exit');
  host.kill('SIGKILL');
  await exit;
  return {
    harness,
    adapter,
    session,
    pid,
    gone: () =>
      until(async () => !(await isRunning(pid)) && !(await isRunning(grandchild)), 10_000, 'the end of the worker and its grandchild'),
    async [Symbol.asyncDispose]() {
      await adapter[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}

test('a worker whose host was killed serves and talks on, leaves when another has taken over, and nothing of it is left', async () => {
  await using worker = await orphan({ shutdownTimeLimitMs: 60_000 });
  for (let count = 0; count < 50; count++) await get(worker.session, `/${count}`);
  assert.equal(worker.session.leaving, false);
  worker.session.drain();
  await within(worker.adapter.left, 5_000, 'leaving');
  await worker.gone();
});

test('a worker whose host was killed and that nobody relieves leaves after shutdownTimeLimit', async () => {
  await using worker = await orphan({ shutdownTimeLimitMs: 500 });
  await within(worker.adapter.left, 5_000, 'leaving');
  await worker.gone();
});

test('a worker whose host was killed waits for its last link while it has a request in flight, and ends when the session has', async () => {
  const resumeLimitMs = 1_500;
  await using worker = await orphan({ shutdownTimeLimitMs: 60_000, resumeLimitMs });
  get(worker.session, '/never').catch(() => {});
  await get(worker.session, '/');
  const cutAtMs = performance.now();
  worker.adapter.cut();
  await worker.gone();
  const tookMs = performance.now() - cutAtMs;
  assert.ok(tookMs >= resumeLimitMs - 100, `it ended ${Math.round(tookMs)} ms after its link`);
});

test('a worker that must not overlap leaves as soon as its host is gone', async () => {
  await using worker = await orphan({ shutdownTimeLimitMs: 60_000, noOverlap: true });
  await within(worker.adapter.left, 2_000, 'leaving');
  await worker.gone();
});
