import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until, within } from '@baton/core';
import { openAdapter } from './testing/adapter-end.ts';
import { Harness, isRunning, startHostProcess } from './testing/harness.ts';
import { openTcpBridge } from './testing/tcp-bridge.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));
const ECHO = "require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(process.env.PORT);";
/** Far less than the stop order gives. */
const SHUTDOWN_MS = 400;
const STOP_MS = 120_000;

async function say(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return String((await once(socket, 'data'))[0]);
}

test('a host that shuts down gives a worker with a long drain its shutdownTimeLimit and no more', async () => {
  await using adapter = await openAdapter({ protocol: 'tcp' });
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), ECHO);
  const bindings = { ports: [], tcpPorts: [9000] };
  await harness.start('w1', { ...(await adapter.startFields()), bindings, shutdownTimeLimitMs: SHUTDOWN_MS });
  await using bridge = await openTcpBridge(await adapter.connected);
  const client = connect(bridge.port, '127.0.0.1').on('error', () => {});
  assert.equal(await say(client, 'open'), 'open');
  await harness.stop('w1', { limitMs: STOP_MS, cause: 'recycle' });
  await harness.was.state('w1', 'STOPPING');
  assert.equal(await say(client, 'still'), 'still');
  await within(harness.host.close(AbortSignal.timeout(30_000)), 15_000, 'the end of the host');
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.deepEqual([exit?.planned, exit?.message], [true, 'stopped: recycle'], 'the first cause stays');
});

test('a worker whose host is killed keeps the time its stop order gave, and the next life of the host leaves it that', async () => {
  await using adapter = await openAdapter({ protocol: 'tcp' });
  await using harness = await Harness.open();
  await harness.host.close(AbortSignal.timeout(5_000));
  await writeFile(join(harness.dir, 'apps', 'app.js'), ECHO);
  const settings = { ...harness.settings, childMain: CHILD_MAIN };
  const host = await startHostProcess(settings);
  const bindings = { ports: [], tcpPorts: [9000] };
  await harness.start('w1', { ...(await adapter.startFields()), bindings, shutdownTimeLimitMs: SHUTDOWN_MS });
  const { pid } = await harness.was.state('w1', 'CONNECTED', 20_000);
  await using bridge = await openTcpBridge(await adapter.connected);
  const client = connect(bridge.port, '127.0.0.1').on('error', () => {});
  assert.equal(await say(client, 'open'), 'open');
  await harness.stop('w1', { limitMs: STOP_MS, cause: 'recycle' });
  await harness.was.state('w1', 'STOPPING');
  // noted in its ledger, which is written behind the order
  const noted = async (): Promise<boolean> => (await harness.ledger()).some(({ workerId, stopByMs }) => workerId === 'w1' && stopByMs > 0);
  await until(noted, 10_000, 'the stop in the ledger');
  host.kill('SIGKILL');
  await once(host, 'exit');

  await harness.openHost({ childMain: CHILD_MAIN });
  await until(() => harness.host.table.get('w1')?.state === 'stopping', 10_000, 'the stray in the view');
  // longer than a worker gets that was told nothing
  const endsAt = performance.now() + 2 * SHUTDOWN_MS + 2_000;
  while (performance.now() < endsAt) assert.equal(await say(client, 'still'), 'still');
  assert.equal(await isRunning(pid), true);
  client.end();
  await until(async () => !(await isRunning(pid)), 20_000, 'the end of the worker after its last connection');
  await harness.was.state('w1', 'EXITED');
});
