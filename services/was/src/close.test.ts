// How the process of a WAS ends when Redis does not answer its last writes: containers of one cluster are stopped at the same moment.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { within } from '@baton/core';
import { openRedis, startTestRedis, type TestRedis } from '@baton/store';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
const PORTS = ['--grpc-port', '0', '--admin-port', '0', '--probe-port', '0'];
const SCHEDULED = `apiVersion: baton/v1
pools:
  - { name: shop, recycling: { periodicRestart: { schedule: ["03:00"] } } }
apps:
  - { name: shop, pool: shop, entry: ./shop.js, bindings: ["http://*:8080/"] }
`;

/** A leader with a schedule in Redis, as a process of its own. */
async function startWas(t: TestContext): Promise<{ redis: TestRedis; was: ChildProcess; ended: Promise<unknown[]> }> {
  const redis = await startTestRedis();
  const env = { ...process.env, BATON_REDIS: redis.url, BATON_CLUSTER: 'c', BATON_SECRET: 'between-services', BATON_TOKEN: 'operator' };
  const was = fork(MAIN, PORTS, { env, silent: true, execArgv: ['--enable-source-maps'] });
  const ended = once(was, 'exit');
  t.after(async () => {
    was.kill('SIGKILL');
    await redis.close();
  });
  const [{ ports }] = (await within(once(was, 'message'), 20_000, 'the start of WAS')) as [{ ports: { admin: number } }];
  const applied = await fetch(`http://127.0.0.1:${ports.admin}/api/v1/config`, {
    method: 'POST',
    headers: { authorization: 'Bearer operator' },
    body: JSON.stringify({ yaml: SCHEDULED, file: 'baton.yaml', dryRun: false }),
  });
  assert.equal(applied.status, 200, await applied.text());
  return { redis, was, ended };
}

/** It has 30 s for all of its parts; Redis gets 2 of them. */
const end = (ended: Promise<unknown[]>) => within(ended, 15_000, 'the end of WAS');

test('a WAS whose Redis has fallen silent ends in order, and leaves its lease to run out', async (t) => {
  const { redis, was, ended } = await startWas(t);
  redis.freeze();
  was.kill('SIGTERM');
  assert.deepEqual(await end(ended), [0, null]);
});

test('a WAS whose Redis goes away while it closes ends in order', async (t) => {
  const { redis, was, ended } = await startWas(t);
  redis.freeze();
  was.kill('SIGTERM');
  await within(once(was.stderr!, 'data'), 15_000, 'word that WAS stops');
  await redis.kill();
  assert.deepEqual(await end(ended), [0, null]);
});

test('a WAS that closes gives its lease back', async (t) => {
  const { redis, was, ended } = await startWas(t);
  was.kill('SIGTERM');
  assert.deepEqual(await end(ended), [0, null]);
  const client = openRedis(redis.url, { name: 'close-test' });
  t.after(() => client.disconnect());
  assert.deepEqual(await client.keys('*lease*'), []);
});
