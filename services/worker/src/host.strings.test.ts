import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

const APP = `
const http = require('node:http');
require('node:v8').setFlagsFromString('--allow-natives-syntax');
const areFast = new Function('return %HasFastProperties(String.prototype)');
class Text extends String {}
http.createServer((request, response) => response.end('strings are fast: ' + areFast())).listen(process.env.PORT);
`;

test('an app with a class that extends String, as ioredis has one, leaves the strings of its worker process fast', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  await using adapter = await openAdapter();
  await harness.start('w1', await adapter.startFields());
  const session = await adapter.connected;
  assert.equal(await get(session, '/'), 'strings are fast: true');
  await harness.stop('w1', { limitMs: 5_000, cause: 'idle' });
  session.drain();
  await harness.was.state('w1', 'EXITED');
});
