import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));
const APP = "require('node:http').createServer((request, response) => response.end('hello')).listen(8080);";
const MODULE = `
exports.registerModule = (version, info) => {
  const say = (what) => (provider) => {
    const app = provider.getApplication();
    const kept = app.getModuleContextContainer();
    console.log([what, app.getApplicationId(), app.getAppConfigPath(), app.getApplicationPhysicalPath(), provider.isProcessRecycled?.(), kept.getModuleContext(info.getId())?.since].join(' '));
    if (!kept.getModuleContext(info.getId())) kept.setModuleContext({ since: what, cleanupStoredContext: () => console.log('cleaned up') }, info.getId());
    return 0;
  };
  info.setGlobalNotifications({
    onGlobalApplicationPreload: say('preload'),
    onGlobalApplicationStart: say('start'),
    onGlobalApplicationStop: say('stop'),
  }, 0x10000 | 0x200 | 0x800);
};`;

for (const [role, isRecycled] of [
  ['activation', false],
  ['replacement:r1', true],
] as const)
  test(`global modules of a worker get the application itself, and at its preload whether it takes over: ${role}`, async () => {
    await using harness = await Harness.open({ childMain: CHILD_MAIN });
    const folder = join(harness.dir, 'apps');
    for (const [name, text] of Object.entries({ 'app.js': APP, 'module.js': MODULE })) await writeFile(join(folder, name), text);
    await using adapter = await openAdapter();
    const preload = ['http://localhost:8080/warm'];
    await harness.start('w1', { ...(await adapter.startFields()), preload, role, bindings: { modules: ['module.js'] } });
    await harness.was.state('w1', 'CONNECTED', 20_000);
    const session = await adapter.connected;
    assert.equal(await get(session, '/x'), 'hello');
    await harness.stop('w1', { limitMs: 5_000, cause: 'recycle' });
    session.drain();
    await harness.was.state('w1', 'EXITED', 15_000);
    const facts = `shop shop/shop ${folder}/`;
    assert.deepEqual(harness.lines('w1'), [
      `preload ${facts} ${isRecycled} `,
      `start ${facts}  preload`,
      `stop ${facts}  preload`,
      'cleaned up',
    ]);
  });
