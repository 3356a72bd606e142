import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';
import { openTcpBridge } from './testing/tcp-bridge.ts';

const PLAIN = { childMain: fileURLToPath(new URL('./child/main.js', import.meta.url)) };
const HTTP_APP = `require('node:http').createServer((request, response) => response.end('hello')).listen(8080);`;
const TCP_APP = `require('node:net').createServer((socket) => socket.pipe(socket)).listen(9000);`;

/** Hears of the life of its application and of no request. */
const LIFE = `exports.registerModule = (version, info) => {
  const say = (text) => (provider) => (console.log(text + ' ' + provider.getApplication().getApplicationId()), 0);
  info.setGlobalNotifications({ onGlobalApplicationStart: say('start'), onGlobalApplicationStop: say('stop') }, 0x200 | 0x800);
};`;

async function open(app: string, module: string): Promise<Harness> {
  const harness = await Harness.open(PLAIN);
  await writeFile(join(harness.dir, 'apps', 'app.js'), app);
  await writeFile(join(harness.dir, 'apps', 'module.js'), module);
  return harness;
}

test('a module that hears of global notifications alone hears that its application starts and stops', async () => {
  await using harness = await open(HTTP_APP, LIFE);
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['module.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  assert.deepEqual(harness.lines('w1'), [], 'no request has come');
  assert.equal(await get(session, '/'), 'hello');
  assert.equal(await get(session, '/'), 'hello');
  assert.deepEqual(harness.lines('w1'), ['start shop']);
  await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
  session.drain();
  await harness.was.state('w1', 'EXITED', 15_000);
  assert.deepEqual(harness.lines('w1'), ['start shop', 'stop shop']);
});

test('an application of TCP starts for its modules with its first connection', async () => {
  await using harness = await open(TCP_APP, LIFE);
  await using adapter = await openAdapter({ protocol: 'tcp' });
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { ports: [], tcpPorts: [9000], modules: ['module.js'] } });
  const session = await adapter.connected;
  await using bridge = await openTcpBridge(session);
  const socket = connect(bridge.port, '127.0.0.1');
  socket.write('hello');
  assert.equal(String((await once(socket, 'data'))[0]), 'hello');
  assert.deepEqual(harness.lines('w1'), ['start shop']);
  socket.end();
  await once(socket, 'close');
  await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
  session.drain();
  await harness.was.state('w1', 'EXITED', 15_000);
  assert.deepEqual(harness.lines('w1'), ['start shop', 'stop shop']);
});

for (const [when, app, module] of [
  [
    'its entry runs',
    `globalThis.loads = (globalThis.loads ?? 0) + 1;
if (globalThis.loads === 1) globalThis[Symbol.for('baton.host')].server.recycleApplication('shop');
require('node:http').createServer((request, response) => response.end('load ' + globalThis.loads)).listen(8080);`,
    LIFE,
  ],
  [
    'its modules are loaded',
    `globalThis.loads = (globalThis.loads ?? 0) + 1;
require('node:http').createServer((request, response) => response.end('load ' + globalThis.loads)).listen(8080);`,
    `exports.registerModule = (version, info, server) => server.recycleApplication('shop');`,
  ],
] as const)
  test(`an application that is to be loaded anew while ${when} first becomes ready, and is loaded anew then`, async () => {
    await using harness = await open(app, module);
    await using adapter = await openAdapter();
    await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['module.js'] } });
    await harness.was.state('w1', 'CONNECTED', 20_000);
    const session = await adapter.connected;
    await until(async () => (await get(session, '/')) === 'load 2', 20_000, 'the second instance');
    assert.equal(harness.logs.filter(({ msg }) => /was loaded anew/.test(String(msg))).length, 1);
  });

test('a module that ends asynchronously is waited for, and one that fails in it does not make the end a failure', async () => {
  const module = `exports.registerModule = (version, info) => {
  const wait = (text) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log(text);
    throw new Error('stuck');
  };
  info.setGlobalNotifications({ onGlobalApplicationStop: () => 0, terminate: wait('global module ended') }, 0x800);
  info.setRequestNotifications({ getHttpModule: () => ({ onBeginRequest: () => 0, dispose: wait('disposed') }), terminate: wait('factory ended') }, 1, 0);
};`;
  await using harness = await open(HTTP_APP, module);
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['module.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  assert.equal(await get(session, '/'), 'hello');
  await until(() => harness.lines('w1').includes('disposed'), 10_000, 'the module object to be disposed');
  assert.equal(await get(session, '/'), 'hello');
  await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
  session.drain();
  const { exit } = await harness.was.state('w1', 'EXITED', 15_000);
  assert.deepEqual([exit?.errorCode, exit?.code], ['', 0], exit?.message);
  const lines = harness.lines('w1').filter((line) => line !== 'disposed');
  assert.deepEqual(lines.slice(-2), ['factory ended', 'global module ended']);
  assert.equal(harness.logs.filter(({ msg }) => /failed in terminate: stuck/.test(String(msg))).length, 2);
});
