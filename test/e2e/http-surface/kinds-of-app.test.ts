/** What an app may be, and what its process looks like to it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixture } from '../../support/index.ts';
import { runHosted, spawnHosted } from './baton-app.ts';

async function ask(port: number, path = '/'): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) })).text();
}

test('a CommonJS app is the main module, in its package directory, with its environment', async () => {
  await using app = await runHosted('small/commonjs-main/lib/server.js', { GREETING: 'hello' });
  const seen = JSON.parse(await ask(app.port));
  assert.deepEqual(seen, {
    main: true,
    argv: [fixture('small/commonjs-main/lib/server.js')],
    cwd: fixture('small/commonjs-main'),
    port: String(app.port),
    greeting: 'hello',
    title: 'baton w1 pool=surface gen=1',
    send: 'undefined',
    address: app.port,
    listening: true,
    fd: true,
  });
});

test('an ES module with top-level await is the main module', async () => {
  await using app = await runHosted('small/esm/top-level-await.js');
  assert.deepEqual(JSON.parse(await ask(app.port)), { main: true, greeting: 'awaited', argv: true });
});

test('a TypeScript app runs as it is', async () => {
  await using app = await runHosted('small/typed/server.ts');
  assert.equal(await ask(app.port), 'typed, main=true');
});

test('an entry without extension is found as Node finds it', async () => {
  await using app = await runHosted('small/sigterm-natural');
  assert.equal(await ask(app.port), 'natural');
});

test('a default export with fetch is served', async () => {
  await using app = await runHosted('small/esm/exports-fetch.js');
  assert.equal(await ask(app.port, '/path'), 'fetched /path');
});

test('a default-exported function is served', async () => {
  await using app = await runHosted('small/esm/exports-function.js');
  assert.equal(await ask(app.port, '/path'), 'called /path');
});

test('an app that exports a function and listens a little later is served by what listens', async () => {
  await using app = await runHosted('small/exports-app.js');
  assert.equal(await ask(app.port), 'listened');
});

test('the server on the binding port takes the binding, a metrics server that listened before it gets a free loopback port', async () => {
  await using app = await runHosted('small/two-ports.js');
  const { wanted, actual } = await app.said('extraListen');
  const seen = JSON.parse(await ask(app.port));
  assert.equal(seen.app, app.port);
  assert.equal(wanted, '*:9464');
  assert.equal(actual, `127.0.0.1:${seen.metrics.port}`);
  assert.equal(await ask(seen.metrics.port), 'metrics');
});

test('an app that ignores PORT takes the binding with its first server', async () => {
  await using app = await runHosted('small/fixed-port.js');
  assert.equal(await ask(app.port), 'app on 3000');
  const { wanted, actual } = await app.said('extraListen');
  assert.equal(wanted, '*:3001');
  assert.equal(await ask(Number(actual.split(':')[1])), 'second');
});

test("a second listen on the binding's port fails with EADDRINUSE", async () => {
  await using app = await runHosted('small/same-port-twice.js');
  assert.equal(await ask(app.port), 'EADDRINUSE listen');
});

test('an app does not see the channel to the host', async () => {
  await using app = await runHosted('small/silent-parent.js');
  assert.deepEqual(JSON.parse(await ask(app.port)), { heard: [], send: 'undefined' });
});

test('what one request enters into an AsyncLocalStorage is not seen by the next', async () => {
  await using app = await runHosted('small/context.js');
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(app.port, `/${index}`)));
  assert.deepEqual(
    answers,
    Array.from({ length: 20 }, (_, index) => `none /${index}`),
  );
});

test('an error that the app handles ends neither the process nor other requests', async () => {
  await using app = await runHosted('small/survives-errors.js');
  await assert.rejects(ask(app.port, '/throw'));
  assert.equal(await ask(app.port), 'fine');
  assert.match(app.output(), /app: survived thrown in a handler/);
});

for (const [path, message] of [
  ['/throw', /^Error: thrown in a handler \(.*crash-on-request\.js:\d+:\d+\)$/],
  ['/reject', /^Error: rejected in a handler \(.*crash-on-request\.js:\d+:\d+\)$/],
  ['/later', /^Error: thrown later \(.*crash-on-request\.js:\d+:\d+\)$/],
  ['/exit', /^the app ended its process with code 5$/],
] as const) {
  test(`a crash by ${path} is told with its cause`, async () => {
    await using app = await runHosted('small/crash-on-request.js');
    assert.equal(await ask(app.port), 'fine');
    void ask(app.port, path).catch(() => {});
    const failed = await app.said('failed');
    assert.equal(failed.code, 'APP_CRASHED');
    assert.match(failed.message, message);
  });
}

for (const [entry, code, message] of [
  ['small/throws-at-load.js', 'APP_THREW', /^RangeError: no such setting \(.*throws-at-load\.js:3:\d+\)$/],
  ['small/esm/rejects-at-load.js', 'APP_THREW', /^TypeError: rejected while loading \(.*rejects-at-load\.js:2:\d+\)$/],
  ['small/missing-module.js', 'APP_THREW', /^Error: Cannot find module 'not-installed-anywhere' \(.*missing-module\.js:2:\d+\)$/],
  ['small/ends-at-once.js', 'APP_EXITED', /^the app ended its process with code 0 before it listened$/],
  ['small/exits-at-once.js', 'APP_EXITED', /^the app ended its process with code 7 before it listened$/],
  ['small/no-such-file.js', 'ENTRY_NOT_FOUND', /^there is no file .*no-such-file\.js$/],
] as const) {
  test(`${entry} fails with ${code} and leaves no process`, async () => {
    await using app = await spawnHosted(entry);
    const failed = await app.said('failed');
    assert.equal(failed.code, code);
    assert.match(failed.message, message);
    await app.exited;
  });
}

test('a syntax error is told with its place', async () => {
  await using scratch = await mkdtempDisposable(join(tmpdir(), 'baton-app-'));
  const entry = join(scratch.path, 'broken.js');
  writeFileSync(entry, '// A syntax error.\nconst = 1;\n');
  await using app = await spawnHosted(entry);
  const failed = await app.said('failed');
  assert.equal(failed.code, 'APP_THREW');
  assert.match(failed.message, /^SyntaxError: .*\(.*broken\.js:2\)$/);
});

test('an app that never listens says nothing; its time is the host’s to measure', async () => {
  await using app = await spawnHosted('small/never-listens.js');
  await app.said('spare');
  app.tell({ type: 'stop', successor: '', limitMs: 5_000, graceMs: 1_000, cause: 'admin' });
  assert.deepEqual(await app.exited, [0, null]);
  assert.deepEqual(
    app.messages.map((message) => message.type),
    ['spare', 'drained'],
  );
});
