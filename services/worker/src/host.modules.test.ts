import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import type { FinishedSpan } from '@baton/telemetry';
import { ask, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));
const PLAIN = { childMain: CHILD_MAIN };

const APP = `
const http = require('node:http');
console.log('entry runs');
http.createServer((request, response) => response.end('hello ' + request.url)).listen(8080);
`;

/** Hears everything that happens to the process, and of requests their beginning and their end. */
const AUDIT = `
exports.registerModule = (version, info, server) => {
  console.log('registered ' + info.getName() + ' in ' + server.getAppPoolName());
  const say = (text) => () => (console.log(text), 0);
  info.setGlobalNotifications({
    onGlobalStopListening: (provider) => (console.log('stop listening, gracefully: ' + provider.drainRequestsGracefully), 0),
    onGlobalHealthCheck: say('health check'),
    onGlobalApplicationPreload: (provider) => (console.log('preload of ' + provider.getApplication().getApplicationId()), 0),
    onGlobalApplicationStart: (provider) => (console.log('start of ' + provider.getApplication().getApplicationId()), 0),
    onGlobalApplicationStop: (provider) => (console.log('stop of ' + provider.getApplication().getApplicationId()), 0),
    terminate: say('global terminated'),
  }, 0x2 | 0x20 | 0x200 | 0x800 | 0x10000);
  info.setRequestNotifications({
    getHttpModule: () => ({
      onBeginRequest: (context) => (context.getResponse().setHeader('x-audit', context.getRequest().getHttpMethod(), true), 0),
      onEndRequest: say('request ended'),
    }),
    terminate: say('factory terminated'),
  }, 0x1 | 0x800, 0);
};
`;

async function write(harness: Harness, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(harness.dir, 'apps', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

test('modules are loaded before the entry, stand around every request of an unmodified app, and hear of the life of the process', async () => {
  await using harness = await Harness.open(PLAIN);
  await write(harness, { 'app.js': APP, 'modules/audit.js': AUDIT });
  await using adapter = await openAdapter();
  const preload = ['http://localhost:8080/warm'];
  await harness.start('w1', { ...(await adapter.startFields()), preload, bindings: { modules: ['modules/audit.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  const answer = await ask(session, { url: '/cart' });
  assert.deepEqual([answer.status, answer.body, answer.headers['x-audit']], [200, 'hello /cart', 'GET']);
  await session.ping();
  await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
  session.drain();
  const { exit } = await harness.was.state('w1', 'EXITED');
  assert.equal(exit?.errorCode, '', exit?.message);
  const lines = harness.lines('w1');
  assert.deepEqual(
    lines.slice(0, 5),
    ['registered audit in shop', 'entry runs', 'preload of shop', 'start of shop', 'request ended'],
    'in this order',
  );
  assert.ok(lines.includes('health check'));
  assert.deepEqual(
    lines.slice(-4),
    ['stop listening, gracefully: true', 'stop of shop', 'global terminated', 'factory terminated'].sort(
      (a, b) => lines.indexOf(a) - lines.indexOf(b),
    ),
  );
  assert.ok(lines.indexOf('stop listening, gracefully: true') < lines.indexOf('stop of shop'));
  assert.ok(lines.indexOf('stop of shop') < lines.indexOf('factory terminated'));
  assert.equal(lines.filter((line) => line === 'start of shop').length, 1);
});

test('a stop of the pool is no graceful one for modules', async () => {
  await using harness = await Harness.open(PLAIN);
  await write(harness, { 'app.js': APP, 'audit.js': AUDIT });
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['audit.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  await harness.stop('w1', { limitMs: 5_000, cause: 'admin' });
  (await adapter.connected).drain();
  await harness.was.state('w1', 'EXITED');
  assert.ok(harness.lines('w1').includes('stop listening, gracefully: false'));
});

test('a module that throws, one that is none, one whose code is wrong and one that is not there keep the worker from serving, by name', async () => {
  await using harness = await Harness.open(PLAIN);
  const bad = {
    throws: "exports.registerModule = () => { throw new Error('no licence'); };",
    none: 'exports.somethingElse = 1;',
    wrong: 'exports.registerModule = (;',
  };
  await write(harness, { 'app.js': APP, ...Object.fromEntries(Object.entries(bad).map(([name, text]) => [`${name}.js`, text])) });
  const expected = {
    throws: /module throws .*throws\.js.* of application shop .*no licence/,
    none: /module none .*registerModule/,
    wrong: /module wrong .*SyntaxError/,
  };
  let number = 0;
  for (const [name, message] of Object.entries(expected)) {
    const worker = `w${++number}`;
    await harness.start(worker, { channels: [], bindings: { modules: [`${name}.js`] } }, { slot: `shop/${number}` });
    const { exit } = await harness.was.state(worker, 'EXITED', 20_000);
    assert.equal(exit?.errorCode, 'MODULE_FAILED', exit?.message);
    assert.match(exit?.message ?? '', message);
    assert.ok(!harness.lines(worker).includes('entry runs'));
  }
  await harness.start('w9', { channels: [], bindings: { modules: ['gone.js'] } }, { slot: 'shop/9' });
  const { exit } = await harness.was.state('w9', 'EXITED');
  assert.equal(exit?.errorCode, 'ENTRY_NOT_FOUND');
  assert.match(exit?.message ?? '', /the module .*gone\.js does not exist/);
});

test('an app that listens with a server of HTTP/2 is refused when it has modules', async () => {
  await using harness = await Harness.open(PLAIN);
  await write(harness, { 'app.js': "require('node:http2').createServer(() => {}).listen(8080);", 'audit.js': AUDIT });
  await harness.start('w1', { channels: [], bindings: { modules: ['audit.js'] } });
  const { exit } = await harness.was.state('w1', 'EXITED', 20_000);
  assert.equal(exit?.errorCode, 'MODULE_FAILED');
  assert.match(exit?.message ?? '', /node:http2; modules run around servers of node:http/);
});

test('a request that a module has left pending counts as in flight: it ends in the old worker, and the limit ends one that never does', async () => {
  await using harness = await Harness.open(PLAIN);
  const pending = `
let waiting = [];
exports.registerModule = (version, info) => {
  info.setRequestNotifications({ getHttpModule: () => ({
    onBeginRequest: (context) => {
      const url = context.getRequest().getUrl?.() ?? context.getUrlInfo().path;
      if (url === '/release') { for (const one of waiting.splice(0)) one.indicateCompletion(0); return 0; }
      if (url === '/never') return 1;
      if (url !== '/wait') return 0;
      waiting.push(context);
      console.log('pending');
      if (process.env.RELEASE) process.on('SIGUSR2', () => waiting.splice(0).forEach((one) => one.indicateCompletion(0)));
      return 1;
    },
  }) }, 0x1, 0);
};`;
  await write(harness, { 'app.js': APP, 'pending.js': pending });
  await using adapter = await openAdapter();
  const environment = { RELEASE: { case: 'literal' as const, value: '1' } };
  await harness.start('w1', { ...(await adapter.startFields()), environment, bindings: { modules: ['pending.js'] } });
  const { pid } = await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  const answer = ask(session, { url: '/wait' });
  await until(() => harness.lines('w1').includes('pending'), 10_000, 'the pending request');
  await harness.stop('w1', { limitMs: 20_000, cause: 'recycle' });
  await adapter.left;
  await until(() => harness.was.latest('w1')?.state === 4, 10_000, 'the stop');
  process.kill(pid, 'SIGUSR2');
  assert.equal((await answer).body, 'hello /wait');
  const { exit } = await harness.was.state('w1', 'EXITED', 15_000);
  assert.equal(exit?.errorCode, '', exit?.message);

  await using second = await openAdapter();
  await harness.start('w2', { ...(await second.startFields()), bindings: { modules: ['pending.js'] } }, { slot: 'shop/2' });
  await harness.was.state('w2', 'CONNECTED', 20_000);
  const lost = ask(await second.connected, { url: '/never' });
  const rejected = assert.rejects(lost);
  await until(() => (harness.host.stats('w2')?.inFlight ?? 0) === 1, 10_000, 'the request in flight');
  await harness.stop('w2', { limitMs: 500, cause: 'recycle' });
  await harness.was.state('w2', 'EXITED', 15_000);
  second.cut();
  await second[Symbol.asyncDispose]();
  await rejected;
});

test('a request that has been answered and that a module still logs keeps the leaving process until its end', async () => {
  await using harness = await Harness.open(PLAIN);
  const logging = `
let ends;
const told = new Promise((resolve) => { ends = resolve; });
exports.registerModule = (version, info) => {
  info.setGlobalNotifications({
    onGlobalStopListening: () => (setTimeout(ends, 200), 0),
    onGlobalApplicationStop: () => (console.log('stopped'), 0),
  }, 0x2 | 0x800);
  info.setRequestNotifications({ getHttpModule: () => ({
    onLogRequest: async () => { await told; console.log('logged'); return 0; },
    onEndRequest: () => (console.log('ended'), 0),
  }) }, 0x400 | 0x800, 0);
};`;
  await write(harness, { 'app.js': APP, 'logging.js': logging });
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['logging.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  assert.equal((await ask(session, { url: '/' })).body, 'hello /');
  await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
  session.drain();
  const { exit } = await harness.was.state('w1', 'EXITED', 15_000);
  assert.equal(exit?.errorCode, '', exit?.message);
  assert.deepEqual(harness.lines('w1').slice(-3), ['logged', 'ended', 'stopped']);
});

test('an entry that exports httpExtensionProc is served, and terminateExtension runs before the process ends', async () => {
  await using harness = await Harness.open(PLAIN);
  const extension = `
exports.getExtensionVersion = (version) => { version.extensionDescription = 'echo'; return true; };
exports.httpExtensionProc = (ecb) => {
  ecb.serverSupportFunction(1016, { status: '200 OK', headers: 'content-type: text/plain\\r\\n\\r\\n' });
  ecb.writeClient(Buffer.from('extension ' + ecb.method + ' ' + ecb.pathInfo), 1);
  return 1;
};
exports.terminateExtension = async (flags) => { await new Promise((resolve) => setTimeout(resolve, 50)); console.log('terminated ' + flags); return true; };`;
  await write(harness, {
    'app.js': extension,
    'refuses.js': 'exports.getExtensionVersion = () => false; exports.httpExtensionProc = () => 1;',
  });
  await using adapter = await openAdapter();
  await harness.start('w1', await adapter.startFields());
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  const answer = await ask(session, { url: '/x' });
  assert.equal(answer.status, 200);
  assert.match(answer.body, /^extension GET/);
  await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
  session.drain();
  await harness.was.state('w1', 'EXITED', 15_000);
  assert.ok(harness.lines('w1').includes('terminated 2'), harness.lines('w1').join('\n'));
  await harness.start('w2', { entry: 'refuses.js', channels: [] }, { slot: 'shop/2' });
  const { exit } = await harness.was.state('w2', 'EXITED', 20_000);
  assert.equal(exit?.errorCode, 'EXTENSION_FAILED', exit?.message);
});

test('an overlapped operation of a sampled request has a span below it, and one of another request has none', async () => {
  const spans: FinishedSpan[] = [];
  await using harness = await Harness.open({ ...PLAIN, spans: { write: (span) => spans.push(span) } });
  const app = `
const http = require('node:http');
const { server } = globalThis[Symbol.for('baton.host')];
require('node:fs/promises').open(__filename).then((handle) => {
  const associated = server.associateWithThreadPool(handle, (error, bytes, overlapped) => overlapped.response.end(String(bytes)));
  http.createServer((request, response) => associated.read(Buffer.alloc(16), { offset: 0, internal: 0, internalHigh: 0, response })).listen(8080);
});`;
  await write(harness, { 'app.js': app, 'audit.js': AUDIT });
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['audit.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  const traced = (flags: string) => ['Traceparent', `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`];
  assert.equal((await ask(session, { url: '/', headers: traced('00') })).body, '16');
  assert.equal((await ask(session, { url: '/', headers: traced('01') })).body, '16');
  await until(() => spans.some(({ name }) => name === 'overlapped read'), 10_000, 'the span');
  const read = spans.filter(({ name }) => name === 'overlapped read');
  assert.equal(read.length, 1);
  assert.deepEqual([read[0]?.parentSpanId, read[0]?.attributes['baton.bytes'], read[0]?.error], ['b7ad6b7169203331', 16, undefined]);
});
