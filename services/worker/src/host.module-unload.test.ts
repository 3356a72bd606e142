import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

const module = (name: string, then = '') => `
exports.registerModule = async (version, info) => {
  info.setRequestNotifications({ getHttpModule: () => ({ onBeginRequest: () => 0 }), terminate: () => console.log('${name} unloaded') }, 0x1, 0);
  console.log('${name} registered');
  ${then}
};
`;

test('a worker that a module keeps from serving unloads it, and those before it, and says which one it was', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const files = {
    'app.js': "console.log('entry runs');",
    'first.js': module('first'),
    'second.js': module('second', "await null; throw new Error('no licence');"),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(harness.dir, 'apps', name), text);
  await harness.start('w1', { channels: [], bindings: { modules: ['first.js', 'second.js'] } });
  const { exit } = await harness.was.state('w1', 'EXITED', 20_000);
  assert.equal(exit?.errorCode, 'MODULE_FAILED', exit?.message);
  assert.match(exit?.message ?? '', /module second .*no licence/);
  assert.deepEqual(harness.lines('w1'), ['first registered', 'second registered', 'second unloaded', 'first unloaded']);
});

test('a module that does not end its registration in time is named, so is one that waits at its load, and behind modules that have, it is the app', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const files = {
    'app.js': "console.log('entry runs'); setInterval(() => {}, 1000);",
    'first.js': module('first'),
    'hangs.js': 'exports.registerModule = () => new Promise(() => {});',
    'waits.mjs': 'await new Promise(() => {}); export const registerModule = () => {};',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(harness.dir, 'apps', name), text);
  const rows = [
    {
      modules: ['first.js', 'hangs.js'],
      code: 'MODULE_FAILED',
      message: /module hangs .*hangs\.js. of application shop had not been registered/,
    },
    {
      modules: ['first.js', 'waits.mjs'],
      code: 'MODULE_FAILED',
      message: /module waits .*waits\.mjs. of application shop had not been registered/,
    },
    { modules: ['first.js'], code: 'APP_DID_NOT_LISTEN', message: /no HTTP server listens on port 8080/ },
  ];
  for (const [index, { modules }] of rows.entries()) {
    const fields = { channels: [], startupTimeLimitMs: 4_000, bindings: { modules } };
    await harness.start(`w${index + 1}`, fields, { slot: `shop/${index + 1}` });
  }
  for (const [index, { code, message }] of rows.entries()) {
    const worker = `w${index + 1}`;
    const { exit } = await harness.was.state(worker, 'EXITED', 20_000);
    assert.equal(exit?.errorCode, code, exit?.message);
    assert.match(exit?.message ?? '', message);
    assert.match(exit?.message ?? '', /within startupTimeLimit .4000 ms/);
    assert.equal(harness.lines(worker).includes('entry runs'), code === 'APP_DID_NOT_LISTEN');
  }
});

test('a module that ends the process, or lets an error escape, before it has registered itself is named', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const files = {
    'app.js': "console.log('entry runs');",
    'exits.js': 'exports.registerModule = () => process.exit(3);',
    'escapes.js': "exports.registerModule = () => new Promise(() => { setImmediate(() => { throw new Error('no licence'); }); });",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(harness.dir, 'apps', name), text);
  const rows: readonly [name: string, message: RegExp][] = [
    ['exits', /module exits .*exits\.js. of application shop was not loaded: the process ended with code 3/],
    ['escapes', /module escapes .*escapes\.js. of application shop was not loaded: Error: no licence/],
  ];
  for (const [index, [name, message]] of rows.entries()) {
    const worker = `w${index + 1}`;
    await harness.start(worker, { channels: [], bindings: { modules: [`${name}.js`] } }, { slot: `shop/${index + 1}` });
    const { exit } = await harness.was.state(worker, 'EXITED', 20_000);
    assert.equal(exit?.errorCode, 'MODULE_FAILED', exit?.message);
    assert.match(exit?.message ?? '', message);
    assert.ok(!harness.lines(worker).includes('entry runs'));
  }
});
