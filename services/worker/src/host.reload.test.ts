import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { AdapterSession } from '@baton/channel';
import { until } from '@baton/core';
import { ask, get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

/** Answers its version and the number of its instance; `/reload?NAME` reloads an app, `/slow` waits for `/go`. */
const body = (version: string, port: number) => `
globalThis.instances = (globalThis.instances ?? 0) + 1;
const number = globalThis.instances;
globalThis.waiting ??= [];
const { server: host } = globalThis[Symbol.for('baton.host')];
const listener = http.createServer((request, response) => {
  const { pathname, search } = new URL(request.url, 'http://a.test');
  const say = () => response.end('${version} ' + number + ' ' + part);
  if (pathname === '/slow') return void globalThis.waiting.push(say);
  if (pathname === '/go') for (const go of globalThis.waiting.splice(0)) go();
  if (pathname === '/reload') {
    try {
      host.recycleApplication(decodeURIComponent(search.slice(1)));
    } catch (error) {
      return response.end(error.code + ': ' + error.message);
    }
  }
  say();
});
listener.on('close', () => console.log('${version} ' + number + ' closed'));
listener.listen(${port});
`;
const commonJs = (version: string, port: number) =>
  `const http = require('node:http');\nconst part = require('./part.cjs');\n${body(version, port)}`;
const esModule = (version: string, port: number) => `import http from 'node:http';\nimport part from './part.mjs';\n${body(version, port)}`;

async function write(harness: Harness, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(harness.dir, 'apps', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

const COMMON_JS = { entry: 'server.cjs', part: 'part.cjs', text: commonJs, asPart: (text: string) => `module.exports = '${text}';` };
const ES_MODULE = { entry: 'server.mjs', part: 'part.mjs', text: esModule, asPart: (text: string) => `export default '${text}';` };

async function start(harness: Harness, adapter: Awaited<ReturnType<typeof openAdapter>>, kind: typeof COMMON_JS, modules: string[] = []) {
  await write(harness, {
    'one/package.json': '{}',
    [`one/${kind.entry}`]: kind.text('one-v1', 8080),
    [`one/${kind.part}`]: kind.asPart('p1'),
    'two/package.json': '{}',
    [`two/${kind.entry}`]: kind.text('two-v1', 8081),
    [`two/${kind.part}`]: kind.asPart('q1'),
  });
  const apps = [
    { appKey: 'one', entry: `one/${kind.entry}`, ports: [8080], modules },
    { appKey: 'two', entry: `two/${kind.entry}`, ports: [8081] },
  ];
  await harness.start('w1', { ...(await adapter.startFields()), apps });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  return adapter.connected;
}

const answers = (session: AdapterSession, appKey: string, expected: RegExp) =>
  until(async () => expected.test(await get(session, '/', appKey)), 15_000, `an answer of ${appKey} like ${expected}`);

for (const [name, kind] of [
  ['CommonJS', COMMON_JS],
  ['ES modules', ES_MODULE],
] as const) {
  test(`one application of ${name} is loaded anew in place, what is in flight ends in the old one, and the other is not touched`, async () => {
    await using harness = await Harness.open({ childMain: CHILD_MAIN });
    await using adapter = await openAdapter();
    const session = await start(harness, adapter, kind);
    assert.equal(await get(session, '/', 'one'), 'one-v1 1 p1');
    assert.equal(await get(session, '/', 'two'), 'two-v1 2 q1');
    const slow = get(session, '/slow', 'one');
    await write(harness, { [`one/${kind.entry}`]: kind.text('one-v2', 8080), [`one/${kind.part}`]: kind.asPart('p2') });
    await get(session, '/reload?one', 'two');
    await answers(session, 'one', /^one-v2 3 p2$/);
    assert.equal(await get(session, '/', 'two'), 'two-v1 2 q1');
    assert.ok(!harness.lines('w1').includes('one-v1 1 closed'), 'its server ends with its last request');
    await get(session, '/go', 'two');
    assert.equal(await slow, 'one-v1 1 p1');
    await until(() => harness.lines('w1').includes('one-v1 1 closed'), 10_000, 'the end of the old server');
    assert.match(harness.logs.map(({ msg }) => msg).join('\n'), /Application one was loaded anew/);
    assert.equal(harness.was.latest('w1')?.state, 3, 'the process goes on, connected');
  });

  test(`a reload of ${name} that fails leaves the old one serving and is told; no request is lost meanwhile`, async () => {
    await using harness = await Harness.open({ childMain: CHILD_MAIN });
    await using adapter = await openAdapter();
    const session = await start(harness, adapter, kind);
    await write(harness, { [`one/${kind.entry}`]: `throw new Error('not today');` });
    await get(session, '/reload?shop%2Fone', 'two');
    const failed = () => harness.logs.some(({ msg }) => /Application one was not loaded anew.*not today/.test(String(msg)));
    await until(failed, 15_000, 'the line of the log');
    assert.equal(await get(session, '/', 'one'), 'one-v1 1 p1');
    await write(harness, { [`one/${kind.entry}`]: kind.text('one-v3', 8080) });
    const before = Array.from({ length: 50 }, () => get(session, '/', 'one'));
    await get(session, `/reload?${encodeURIComponent(join(harness.dir, 'apps', 'one'))}`, 'one');
    const during = Array.from({ length: 200 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index));
      return get(session, '/', 'one');
    });
    for (const answer of await Promise.all([...before, ...during])) assert.match(answer, /^one-v[13] \d p1$/);
    await answers(session, 'one', /^one-v3 /);
  });
}

test('an application that is not there is ERROR_PATH_NOT_FOUND, and those that are there are named', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await using adapter = await openAdapter();
  const session = await start(harness, adapter, COMMON_JS);
  const { body } = await ask(session, { url: '/reload?three', appKey: 'one' });
  assert.match(body, /^ERROR_PATH_NOT_FOUND: .*"three".*one, two/);
});

test('modules of the application stay over its reload, and hear that it stops and starts', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await using adapter = await openAdapter();
  const module = `exports.registerModule = (version, info) => {
    console.log('registered');
    const say = (text) => (provider) => (console.log(text + provider.getApplication().getApplicationId()), 0);
    info.setGlobalNotifications({ onGlobalApplicationStart: say('start '), onGlobalApplicationStop: say('stop ') }, 0x200 | 0x800);
    info.setRequestNotifications({ getHttpModule: () => ({ onBeginRequest: (context) => (context.getResponse().setHeader('x-module', 'yes', true), 0) }) }, 0x1, 0);
  };`;
  await write(harness, { 'modules/m.cjs': module });
  const session = await start(harness, adapter, COMMON_JS, ['modules/m.cjs']);
  await get(session, '/', 'one');
  await write(harness, { 'one/server.cjs': commonJs('one-v2', 8080) });
  await get(session, '/reload?one', 'one');
  await answers(session, 'one', /^one-v2 /);
  const { headers } = await ask(session, { url: '/', appKey: 'one' });
  assert.equal(headers['x-module'], 'yes');
  assert.deepEqual(
    harness.lines('w1').filter((line) => /^(registered|start|stop)/.test(line)),
    ['registered', 'start one', 'stop one', 'start one'],
  );
});
