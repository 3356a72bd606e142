import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { control, create } from '@baton/proto';
import { readHost } from './metrics.ts';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));
const facts = create(control.FactsSchema, { maxProcesses: 3, pingIntervalMs: 30_000, pingResponseTimeMs: 90_000 });

const APP = `
const http = require('node:http');
const { server } = globalThis[Symbol.for('baton.host')];
const released = [];
http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://a.test');
  if (pathname === '/unhealthy') server.reportUnhealthy(searchParams.get('why'));
  if (pathname === '/settings') return response.end(JSON.stringify({ ...server.getWorkerProcessSettings(), isCommandLine: server.isCommandLineLaunch() }));
  if (pathname === '/hold') server.registerFileChangeMonitor;
  response.end('done');
}).listen(8080);
`;

/** A module that holds slots of the thread pool until it is told to let them go. */
const HOLDS = `
const { ThreadPool } = {};
const http = require('node:http');
const fs = require('node:fs/promises');
const { server } = globalThis[Symbol.for('baton.host')];
const released = [];
(async () => {
  const handle = await fs.open(__filename);
  const associated = server.associateWithThreadPool(handle, () => new Promise((resolve) => released.push(resolve)));
  http.createServer((request, response) => {
    if (request.url === '/hold') {
      const overlapped = { offset: 0, internal: 0, internalHigh: 0 };
      associated.read(Buffer.alloc(16), overlapped);
    }
    if (request.url === '/release') for (const resolve of released.splice(0)) resolve();
    response.end(String(released.length));
  }).listen(8080);
})();
`;

test('an app that says it is not well fails at the next ping and not before, and WAS hears why until it answers', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), facts });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  await session.ping();
  await get(session, '/unhealthy?why=the%20cache%0Ais%20corrupt');
  await get(session, '/unhealthy?why=later');
  await until(() => (harness.host.stats('w1')?.requestsServed ?? 0) >= 2, 10_000, 'the report of a second');
  assert.equal(harness.was.all('wish').length, 0, 'nothing happens before a ping');
  await assert.rejects(session.ping(AbortSignal.timeout(300)));
  const wish = await until(() => harness.was.all('wish').find(({ kind }) => kind === control.WishKind.UNHEALTHY), 10_000, 'the word');
  assert.deepEqual([wish.workerId, wish.reason], ['w1', 'the cache is corrupt']);
  assert.match(
    harness.logs.map(({ msg, code }) => `${code} ${msg}`).join('\n'),
    /WORKER_UNHEALTHY worker w1 was pinged .*the cache is corrupt/,
  );
  assert.equal(await get(session, '/x'), 'done', 'it goes on until WAS ends it');
  harness.was.answerWish('w1', true, control.WishKind.UNHEALTHY);
  await harness.stop('w1', { limitMs: 300, cause: 'WORKER_UNHEALTHY', force: true });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.deepEqual([exit?.errorCode, exit?.planned], ['WORKER_UNHEALTHY', false]);
  assert.match(exit?.message ?? '', /it said that it is not well \(the cache is corrupt\)/);
});

test('where WAS does not count pings, saying so has no effect: the ping is answered', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), facts });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  await get(session, '/unhealthy?why=x');
  const ping = session.ping(AbortSignal.timeout(20_000));
  await until(() => harness.was.all('wish').length > 0, 10_000, 'the word');
  harness.was.answerWish('w1', false, control.WishKind.UNHEALTHY);
  await ping;
});

test('a worker that was started without pings fails its first one, when they have been turned on since', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await using adapter = await openAdapter();
  await harness.start('w1', await adapter.startFields());
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  await get(session, '/unhealthy?why=the%20cache');
  const ping = assert.rejects(session.ping(AbortSignal.timeout(20_000)));
  const wish = await until(() => harness.was.all('wish').find(({ kind }) => kind === control.WishKind.UNHEALTHY), 10_000, 'the word');
  assert.equal(wish.reason, 'the cache');
  await harness.stop('w1', { limitMs: 300, cause: 'WORKER_UNHEALTHY', force: true });
  await harness.was.state('w1', 'EXITED');
  await adapter[Symbol.asyncDispose]();
  await ping;
});

test('an app reads the settings of its pool', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), facts, idleTimeoutMs: 60_000 });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  assert.deepEqual(JSON.parse(await get(await adapter.connected, '/settings')), {
    applicationPool: 'shop',
    workerId: 'w1',
    slot: 'shop/1',
    generation: 1,
    maxProcesses: 3,
    idleTimeoutMs: 60_000,
    startupTimeLimitMs: 10_000,
    shutdownTimeLimitMs: 5_000,
    pingIntervalMs: 30_000,
    pingResponseTimeMs: 90_000,
    isCommandLine: false,
  });
});

test('a ping takes a slot of the thread pool: none is answered while all are held, and the figures say so', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), HOLDS);
  await using adapter = await openAdapter();
  const threadPool = create(control.ThreadPoolSchema, { maxPoolThreads: 2, poolThreadLimit: 2 });
  await harness.start('w1', { ...(await adapter.startFields()), threadPool });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  await session.ping(AbortSignal.timeout(10_000));
  for (let count = 0; count < 2; count++) await get(session, '/hold');
  await until(async () => (await get(session, '/x')) === '2', 10_000, 'both slots held');
  const ping = session.ping(AbortSignal.timeout(20_000));
  await until(() => harness.host.stats('w1')?.threadPool?.queued === 1, 10_000, 'the ping in the queue');
  const { active, maxThreads } = harness.host.stats('w1')!.threadPool!;
  assert.deepEqual([active, maxThreads], [2, 2]);
  await assert.rejects(session.ping(AbortSignal.timeout(200)), 'a further one has no answer either');
  await get(session, '/release');
  await ping;
  await until(() => harness.host.routinesEnded('shop/1') >= 3, 10_000, 'the count of routines');
  const samples = new Map(readHost(harness.host, 'h1').map(({ name, samples }) => [name, samples[0]]));
  assert.deepEqual(samples.get('threadPoolMax'), { labels: { host: 'h1', pool: 'shop', slot: 'shop/1' }, value: 2 });
});
