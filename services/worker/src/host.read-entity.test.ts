import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { ask, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

/** Counts what is read, and adds a mark to the first bytes; every other time it answers late. */
const COUNTS = `
exports.registerModule = (version, info) => info.setRequestNotifications({ getHttpModule: () => ({
  bytes: 0,
  turns: 0,
  onReadEntity(context, provider) {
    this.bytes += provider.getEntity().byteLength;
    if (this.turns++ === 0) provider.setEntity(Buffer.concat([Buffer.from('mark '), provider.getEntity()]));
    return this.turns % 2 ? 0 : new Promise((resolve) => setImmediate(resolve, 0));
  },
  onLogRequest(context) {
    console.log(context.getRequest().getUrl() + ' ' + this.bytes);
    return 0;
  },
}) }, (0x40000000 | 0x400) >>> 0, 0);`;

const DIGESTS = `
const { createHash } = require('node:crypto');
require('node:http').createServer((request, response) => {
  if (request.url === '/unread') return void response.end('unread');
  const hash = createHash('sha256');
  request.on('data', (chunk) => hash.update(chunk)).on('end', () => response.end(hash.digest('hex')));
}).listen(8080);`;

test('the module of a worker is shown an upload as the app reads it over its channel, and what it makes of it is what the app gets', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  await writeFile(join(harness.dir, 'apps', 'app.js'), DIGESTS);
  await writeFile(join(harness.dir, 'apps', 'counts.js'), COUNTS);
  await using adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), bindings: { modules: ['counts.js'] } });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  const body = randomBytes(1_500_000).toString('hex');
  const answer = await ask(session, { url: '/digest', method: 'POST', body });
  assert.equal(answer.body, createHash('sha256').update(`mark ${body}`).digest('hex'));
  assert.equal((await ask(session, { url: '/unread', method: 'POST', body: body.slice(0, 100_000) })).body, 'unread');
  await until(() => harness.lines('w1').length === 2, 10_000, 'both lines');
  assert.deepEqual(harness.lines('w1'), ['/digest 3000000', '/unread 0']);
});
