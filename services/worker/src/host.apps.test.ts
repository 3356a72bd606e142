import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

/** Listens on PORT, as CommonJS. */
const FIRST = `
const http = require('node:http');
http.createServer((request, response) => response.end('first ' + (require.main === module) + ' ' + request.url)).listen(process.env.PORT);
`;
/** An ES module that listens late and on a port of its own, and has a second server. */
const SECOND = `
import http from 'node:http';
import { setTimeout } from 'node:timers/promises';
const port = process.env.PORT;
await setTimeout(50);
http.createServer((request, response) => response.end('second ' + port + ' ' + request.url)).listen(3000, () => {
  http.createServer(() => {}).listen(9464);
});
`;

async function twoApps(options: { first?: string; second?: string } = {}): Promise<Harness> {
  const harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'first.js'), options.first ?? FIRST);
  await writeFile(join(harness.dir, 'apps', 'second.mjs'), options.second ?? SECOND);
  return harness;
}

const APPS = [
  { appKey: 'a', entry: 'first.js', ports: [8080] },
  { appKey: 'b', entry: 'second.mjs', ports: [8081] },
];

test('two apps of one pool run in one worker process, and each gets what names it', async () => {
  await using adapter = await openAdapter();
  await using harness = await twoApps();
  await harness.start('w1', { ...(await adapter.startFields()), apps: APPS });
  const session = await adapter.connected;
  assert.equal(await get(session, '/x', 'a'), 'first true /x');
  assert.equal(await get(session, '/y', 'b'), 'second 8081 /y');
  await assert.rejects(get(session, '/z', 'c'), /^Error: NOT_BEGUN: this worker hosts a and b, and no application "c"$/);
  const { extraListens } = await harness.was.state('w1', 'CONNECTED');
  assert.deepEqual(
    extraListens.map(({ wanted }) => wanted),
    ['*:9464'],
  );
});

test('a channel for one of the apps brings it everything, whatever its requests name', async () => {
  await using adapter = await openAdapter({ appKey: 'b' });
  await using harness = await twoApps();
  await harness.start('w1', { ...(await adapter.startFields()), apps: APPS });
  assert.equal(await get(await adapter.connected, '/y', ''), 'second 8081 /y');
});

test('two apps whose bindings share a port both listen on it', async () => {
  const second = "require('node:http').createServer((request, response) => response.end('second')).listen(process.env.PORT);";
  await using adapter = await openAdapter();
  await using harness = await twoApps();
  await writeFile(join(harness.dir, 'apps', 'second.js'), second);
  const apps = [APPS[0]!, { appKey: 'b', entry: 'second.js', ports: [8080] }];
  await harness.start('w1', { ...(await adapter.startFields()), apps });
  const session = await adapter.connected;
  assert.deepEqual([await get(session, '/', 'a'), await get(session, '/', 'b')], ['first true /', 'second']);
});

test('each app is preloaded by its own URLs before the worker is connected', async () => {
  const app = (name: string): string =>
    `let seen = []; require('node:http').createServer((request, response) => { seen.push(request.url); response.end('${name} ' + seen); }).listen(process.env.PORT);`;
  await using adapter = await openAdapter();
  await using harness = await twoApps();
  await writeFile(join(harness.dir, 'apps', 'a.js'), app('a'));
  await writeFile(join(harness.dir, 'apps', 'b.cjs'), app('b'));
  const apps = [
    { appKey: 'a', entry: 'a.js', ports: [8080], preload: ['http://localhost:8080/warm-a'] },
    { appKey: 'b', entry: 'b.cjs', ports: [8081], preload: ['http://localhost:8081/warm-b'] },
  ];
  await harness.start('w1', { ...(await adapter.startFields()), apps });
  const session = await adapter.connected;
  assert.deepEqual([await get(session, '/1', 'a'), await get(session, '/1', 'b')], ['a /warm-a,/1', 'b /warm-b,/1']);
});

test('one app that fails fails the start and is named', async () => {
  await using harness = await twoApps({ second: "await 0; throw new Error('no database');" });
  await harness.start('w1', { apps: APPS, channels: [] });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'APP_THREW');
  assert.match(exit?.message ?? '', /^application b: Error: no database/);
});

test('an app that does not come to listen is named, and what it should listen on', async () => {
  await using harness = await twoApps({ second: 'setInterval(() => {}, 1000);' });
  await harness.start('w1', { apps: APPS, channels: [], startupTimeLimitMs: 3_000 });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'APP_DID_NOT_LISTEN');
  assert.match(exit?.message ?? '', /^application b is not ready: no HTTP server listens on port 8081 within startupTimeLimit/);
});

test('a binding that nothing of the module can take fails the start at once', async () => {
  await using harness = await twoApps();
  await harness.start('w1', { entry: 'first.js', bindings: { otherBindings: ['udp://*:53'] }, channels: [] });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'APP_DID_NOT_LISTEN');
  assert.equal(exit?.message, 'application shop is not ready: it exports no handleConnection for udp://*:53');
});

test('the first entry that is missing is named before any app runs', async () => {
  await using harness = await twoApps({ first: "console.log('it ran');" });
  await harness.start('w1', { apps: [APPS[0]!, { appKey: 'b', entry: 'none.js', ports: [1] }], channels: [] });
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, 'ENTRY_NOT_FOUND');
  assert.match(exit?.message ?? '', /none\.js does not exist/);
  assert.deepEqual(harness.lines('w1'), []);
});
