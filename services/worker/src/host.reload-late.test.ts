import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

/** Serves; `/reload` reloads each app, and `/go` lets go on what their new instances wait for. */
const BEFORE = `
import http from 'node:http';
globalThis.gate ??= Promise.withResolvers();
const { server } = globalThis[Symbol.for('baton.host')];
http.createServer((request, response) => {
  if (request.url === '/reload') for (const name of ['named', 'other', 'exporting']) server.recycleApplication(name);
  if (request.url === '/go') globalThis.gate.resolve();
  response.end('before');
}).listen(process.env.PORT);
`;
const listens = (name: string, port: string) => `
import http from 'node:http';
await globalThis.gate.promise;
const late = http.createServer((request, response) => response.end('late'));
late.on('close', () => console.log('${name} closed ' + late.listening));
late.listen(${port});
`;
const EXTENSION = `
await globalThis.gate.promise;
export const getExtensionVersion = () => (console.log('extension loaded'), true);
export const httpExtensionProc = () => 1;
export const terminateExtension = () => (console.log('extension terminated'), true);
`;
/** The instances that come too late, by the name of their app. */
const LATE = { named: listens('named', 'process.env.PORT'), other: listens('other', '3000'), exporting: EXTENSION };

test('an instance that listens after its reload has failed is closed again, its extension unloaded, and the one before serves on', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await using adapter = await openAdapter();
  const names = Object.keys(LATE);
  const write = (name: string, text: string) => writeFile(join(harness.dir, 'apps', name, 'server.mjs'), text);
  for (const name of names) {
    await mkdir(join(harness.dir, 'apps', name), { recursive: true });
    await writeFile(join(harness.dir, 'apps', name, 'package.json'), '{}');
    await write(name, BEFORE);
  }
  const apps = names.map((appKey, index) => ({ appKey, entry: `${appKey}/server.mjs`, ports: [8080 + index] }));
  await harness.start('w1', { ...(await adapter.startFields()), apps, startupTimeLimitMs: 4_000 });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  for (const [name, text] of Object.entries(LATE)) await write(name, text);
  await get(session, '/reload', 'named');
  const failed = () => harness.logs.filter(({ msg }) => /was not loaded anew.*within startupTimeLimit/.test(String(msg))).length;
  await until(() => failed() === names.length, 30_000, 'the ends of the reloads');
  assert.deepEqual(harness.lines('w1'), []);
  await get(session, '/go', 'named');
  const wanted = ['extension loaded', 'extension terminated', 'named closed false', 'other closed false'];
  await until(() => harness.lines('w1').length >= wanted.length, 15_000, 'the ends of their servers');
  assert.deepEqual(harness.lines('w1').sort(), wanted);
  for (const name of names) assert.equal(await get(session, '/', name), 'before');
});
