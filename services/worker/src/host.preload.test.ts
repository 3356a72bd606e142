import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

/** Keeps what it is asked for, and when it has answered: two requests at once would show. */
const APP = `
const http = require('node:http');
const asked = [];
http.createServer((request, response) => {
  const { url, headers } = request;
  if (url === '/asked') return response.end(JSON.stringify(asked));
  console.log('asked ' + url);
  asked.push([request.method, url, headers.host, headers['user-agent']].join(' '));
  if (url === '/exit') process.exit(3);
  if (url === '/never') return;
  if (url === '/cut') return response.destroy();
  setTimeout(() => {
    asked.push('answered ' + url);
    response.statusCode = Number(url.split('?status=')[1] ?? 200);
    response.end('x'.repeat(300_000));
  }, 20);
}).listen(process.env.PORT);
`;

async function openHost() {
  const harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  return harness;
}

const at = (...paths: string[]) => paths.map((path) => `http://shop.test:8080${path}`);

describe('a worker that is preloaded', { concurrency: 4 }, () => {
  test('a worker is connected when its app has answered each preload request, one after the other', async () => {
    await using harness = await openHost();
    await using adapter = await openAdapter();
    await harness.start('w1', { ...(await adapter.startFields()), preload: at('/slow', '/gone?status=404') });
    await harness.was.state('w1', 'CONNECTED', 20_000);
    const session = await adapter.connected;
    assert.deepEqual(JSON.parse(await get(session, '/asked')), [
      'GET /slow shop.test:8080 baton-preload',
      'answered /slow',
      'GET /gone?status=404 shop.test:8080 baton-preload',
      'answered /gone?status=404',
    ]);
  });

  for (const [title, path, code, message] of [
    ['a preload request is answered with 503', '/busy?status=503', 'PRELOAD_FAILED', /answered 503 to GET \/busy\?status=503/],
    ['the answer to a preload request breaks off', '/cut', 'PRELOAD_FAILED', /broke off .*GET \/cut/],
    ['a preload request ends the app', '/exit', 'APP_EXITED', /code 3 during the preload of \/exit$/],
    ['a preload request is never answered', '/never', 'PRELOAD_FAILED', /had not answered GET \/never within startupTimeLimit/],
  ] as const) {
    test(`when ${title}, the start has failed and no channel was dialled`, async () => {
      await using harness = await openHost();
      await harness.start('w1', { preload: at('/first', path, '/last'), startupTimeLimitMs: 3_000 });
      const { exit, connected } = await harness.was.state('w1', 'EXITED', 20_000);
      assert.equal(exit?.errorCode, code);
      assert.match(exit?.message ?? '', message);
      assert.equal(exit?.planned, false);
      assert.deepEqual(connected, []);
    });
  }

  test('a worker that is stopped during its preload ends as ordered', async () => {
    await using harness = await openHost();
    await harness.start('w1', { preload: at('/never') });
    await until(() => harness.lines('w1').includes('asked /never'));
    await harness.stop('w1', { limitMs: 500, cause: 'admin' });
    const { exit } = await harness.was.state('w1', 'EXITED');
    assert.equal(exit?.planned, true);
  });
});
