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
