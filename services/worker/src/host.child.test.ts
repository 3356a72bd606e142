import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { get, openAdapter } from './testing/adapter-end.ts';
import { childrenOf, Harness, isRunning, startHostProcess } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

const APP = `
const http = require('node:http');
console.log('loading in ' + process.cwd());
http.createServer((request, response) => response.end('hello ' + request.url + ' from ' + process.env.GREETER)).listen(process.env.PORT, () => console.log('listening'));
`;

test('an unmodified app runs in the real child, answers over its channel, and ends on a stop order', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN, spares: 1 });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await using adapter = await openAdapter();
  await until(() => harness.host.readySpares() === 1);
  const environment = { GREETER: { case: 'literal' as const, value: 'baton' } };
  await harness.start('w1', { ...(await adapter.startFields()), environment });
  const report = await harness.was.state('w1', 'CONNECTED', 20_000);
  assert.equal(report.fromSpare, true);
  assert.equal((await readFile(`/proc/${report.pid}/cmdline`, 'latin1')).replace(/\0+$/, ''), 'baton w1 pool=shop gen=1');
  const session = await adapter.connected;
  assert.equal(await get(session, '/cart'), 'hello /cart from baton');
  await until(() => harness.lines('w1').includes('listening'));

  await harness.stop('w1', { limitMs: 5_000, cause: 'idle' });
  session.drain();
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, '', exit?.message);
  assert.equal(exit?.planned, true);
  assert.equal(await isRunning(report.pid), false);
});

test('an app that throws, one that ends and one that never listens are told apart by the real child', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const apps = join(harness.dir, 'apps');
  await writeFile(join(apps, 'throws.js'), "throw new Error('no database');");
  await writeFile(join(apps, 'ends.js'), "console.log('done');");
  await writeFile(join(apps, 'waits.js'), 'setInterval(() => undefined, 1000);');
  await harness.start('w1', { entry: 'throws.js', channels: [] });
  await harness.start('w2', { entry: 'ends.js', channels: [] }, { slot: 'shop/2' });
  await harness.start('w3', { entry: 'waits.js', channels: [], startupTimeLimitMs: 2_000 }, { slot: 'shop/3' });
  const threw = (await harness.was.state('w1', 'EXITED')).exit;
  assert.equal(threw?.errorCode, 'APP_THREW');
  assert.match(threw?.message ?? '', /no database/);
  assert.equal((await harness.was.state('w2', 'EXITED')).exit?.errorCode, 'APP_EXITED');
  assert.equal((await harness.was.state('w3', 'EXITED')).exit?.errorCode, 'APP_DID_NOT_LISTEN');
});

test('children and spares end by themselves when their host is killed', async () => {
  await using harness = await Harness.open();
  await harness.host.close(AbortSignal.timeout(5_000));
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  const host = await startHostProcess({ ...harness.settings, childMain: CHILD_MAIN, spares: 1 });
  await harness.start('w1', { channels: [] });
  const { pid } = await harness.was.state('w1', 'CONNECTED');
  const pids = await until(async () => {
    const found = await childrenOf(host.pid!);
    return found.length === 2 ? found : undefined;
  });
  assert.ok(pids.includes(pid));
  host.kill('SIGKILL');
  for (const child of pids) await until(async () => !(await isRunning(child)), 10_000, `the end of ${child}`);
});

test('a replacement rehearses before its app is loaded, so the app sees no request; one that must not overlap does not', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const app = `
const seen = [];
require('node:diagnostics_channel').subscribe('http.server.request.start', ({ request }) => seen.push(request.url));
const loadedAfterMs = process.cpuUsage().user / 1_000;
require('node:http').createServer((request, response) => response.end(JSON.stringify({ seen, loadedAfterMs }))).listen(process.env.PORT);
`;
  await writeFile(join(harness.dir, 'apps', 'app.js'), app);
  const ask = async (worker: string, fields: object) => {
    const slot = `shop/${worker.slice(1)}`;
    await using adapter = await openAdapter();
    await harness.start(worker, { ...(await adapter.startFields()), role: 'replacement:recycle-1', ...fields }, { slot });
    const answer = JSON.parse(await get(await adapter.connected, '/first')) as { seen: string[]; loadedAfterMs: number };
    await harness.stop(worker, { cause: 'idle' }, { slot });
    await harness.was.state(worker, 'EXITED');
    return answer;
  };
  const [rehearsed, parted] = [await ask('w1', {}), await ask('w2', { noOverlap: true })];
  assert.deepEqual([rehearsed.seen, parted.seen], [['/first'], ['/first']]);
  assert.ok(rehearsed.loadedAfterMs > parted.loadedAfterMs, `CPU until load: ${rehearsed.loadedAfterMs} ms and ${parted.loadedAfterMs} ms`);
});

test('a stop order during the rehearsal ends a replacement before its app is loaded', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await harness.start('w1', { role: 'replacement:recycle-1', channels: [] });
  await harness.was.state('w1', 'STARTING');
  await harness.stop('w1', { cause: 'recycle' });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.deepEqual([exit?.planned, exit?.errorCode], [true, '']);
  assert.deepEqual(harness.lines('w1'), []);
});
