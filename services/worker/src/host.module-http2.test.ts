import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

const app = (kind: string) => `
const { server } = globalThis[Symbol.for('baton.host')];
require('node:${kind}').createServer((request, response) => {
  if (request.url === '/reload') server.recycleApplication('shop');
  response.end('${kind} ' + request.url);
}).listen(8080);
`;
const OF_REQUESTS = `
exports.registerModule = (version, info) => info.setRequestNotifications({ getHttpModule: () => ({ onBeginRequest: () => 0 }) }, 0x1, 0);`;
const OF_GLOBALS = `
exports.registerModule = (version, info) => info.setGlobalNotifications({
  onGlobalHealthCheck: () => (console.log('health check'), 0),
  onGlobalStopListening: () => (console.log('stop listening'), 0),
}, 0x20 | 0x2);`;

async function open(files: Record<string, string>): Promise<Harness> {
  const harness = await Harness.open({ childMain: CHILD_MAIN });
  for (const [name, text] of Object.entries(files)) await writeFile(join(harness.dir, 'apps', name), text);
  return harness;
}

test('modules of requests around a server of HTTP/2 are refused, and it is said what to do', async () => {
  await using harness = await open({ 'app.js': app('http2'), 'module.js': OF_REQUESTS });
  await harness.start('w1', { channels: [], bindings: { modules: ['module.js'] } });
  const { exit } = await harness.was.state('w1', 'EXITED', 20_000);
  assert.equal(exit?.errorCode, 'MODULE_FAILED', exit?.message);
  assert.match(
    exit?.message ?? '',
    /application shop has modules .*Listen with one of these, which clients of HTTP\/2 reach too, or leave/,
  );
});

test('modules of global notifications alone run beside a server of HTTP/2', async () => {
  await using harness = await open({ 'app.js': app('http2'), 'module.js': OF_GLOBALS });
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['module.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  assert.equal(await get(session, '/x'), 'http2 /x');
  await session.ping();
  await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
  session.drain();
  await harness.was.state('w1', 'EXITED', 15_000);
  const heard = harness.lines('w1').filter((line) => /health|stop/.test(line));
  assert.deepEqual(new Set(heard), new Set(['health check', 'stop listening']));
});

test('an app that would listen with HTTP/2 from its reload on is not loaded anew: the instance before serves on', async () => {
  await using harness = await open({ 'app.js': app('http'), 'module.js': OF_REQUESTS });
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['module.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  await writeFile(join(harness.dir, 'apps', 'app.js'), app('http2'));
  assert.equal(await get(session, '/reload'), 'http /reload');
  const line = await until(() => harness.logs.find(({ msg }) => /was not loaded anew/.test(String(msg))), 20_000, 'the word of the host');
  assert.match(String(line.msg), /application shop has modules and listens with a server of node:http2/);
  assert.equal(await get(session, '/x'), 'http /x');
});
