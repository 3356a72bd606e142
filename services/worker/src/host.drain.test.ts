import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until, within } from '@baton/core';
import { control } from '@baton/proto';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));
const SDK = JSON.stringify(fileURLToPath(import.meta.resolve('@baton/sdk')));

/** Says what it hears, in order. /hold is answered at SIGUSR2. */
const APP = `
const { on, recycleProcess, worker } = require(${SDK});
const http = require('node:http');
let release = () => {};
const server = http.createServer((request, response) => {
  if (request.url === '/hold') return void (release = () => response.end('held'));
  if (request.url.startsWith('/recycle')) for (let count = 0; count < 1000; count++) recycleProcess(request.url + ' ' + count);
  response.end(JSON.stringify(worker));
}).listen(8080);
on('draining', (deadline) => {
  console.log('draining, ' + Math.round((deadline - Date.now()) / 100) * 100 + ' ms left');
  if (process.env.CLOSES) server.close(() => console.log('closed'));
});
if (process.env.HANDLES) process.on('SIGTERM', () => {
  console.log('SIGTERM');
  if (process.env.HANDLES === 'exit') process.exit(0);
});
process.on('SIGUSR2', () => release());
setInterval(() => {}, 1000);
`;

async function stage(shutdownTimeLimitMs: number, variables: Record<string, string>) {
  const harness = await Harness.open({ childMain: CHILD_MAIN });
  const adapter = await openAdapter({ drainsOnLeaving: false });
  await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
  const environment = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, { case: 'literal' as const, value }] as const),
  );
  await harness.start('w1', { ...(await adapter.startFields()), environment, shutdownTimeLimitMs });
  await harness.was.state('w1', 'CONNECTED', 20_000);
  return {
    harness,
    adapter,
    session: await adapter.connected,
    said: () => harness.lines('w1'),
    stop: () => harness.stop('w1', { limitMs: shutdownTimeLimitMs, cause: 'recycle' }),
    async [Symbol.asyncDispose]() {
      await harness[Symbol.asyncDispose]();
      await adapter[Symbol.asyncDispose]();
    },
  };
}

test('an app hears draining with the stop order and not with a drain frame; close() calls back when drained, SIGTERM comes after', async () => {
  await using host = await stage(20_000, { CLOSES: 'yes', HANDLES: 'exit' });
  const { session, adapter, said } = host;
  assert.deepEqual(JSON.parse(await get(session, '/')), { id: 'w1', pool: 'shop', slot: 'shop/1', generation: 1 });
  const held = get(session, '/hold');
  session.drain();
  await session.resume();
  session.drain();
  await session.resume();
  await get(session, '/');
  assert.deepEqual(said(), []);

  await host.stop();
  await within(adapter.left, 10_000, 'leaving');
  await until(() => said().includes('draining, 16000 ms left'));
  await assert.rejects(get(session, '/'), /NOT_BEGUN/);
  session.drain();
  await session.ping();
  assert.deepEqual(said().length, 1, 'a request is still there');
  process.kill(host.harness.host.table.get('w1')?.pid ?? 0, 'SIGUSR2');
  assert.equal(await held, 'held');
  const { exit } = await host.harness.was.state('w1', 'EXITED');
  assert.deepEqual(said().slice(1), ['closed', 'SIGTERM']);
  assert.deepEqual([exit?.code, exit?.errorCode, exit?.planned], [0, '', true]);
});

test('SIGTERM handlers run at the deadline when a request is left, once, and SIGKILL follows when they do not end', async () => {
  await using host = await stage(1_000, { HANDLES: 'waits' });
  const held = get(host.session, '/hold');
  held.catch(() => {});
  await get(host.session, '/');
  const beganAtMs = Date.now();
  await host.stop();
  await until(() => host.said().includes('SIGTERM'));
  assert.ok(Date.now() - beganAtMs >= 790, `${Date.now() - beganAtMs} ms`);
  const { exit } = await host.harness.was.state('w1', 'EXITED');
  assert.ok(Date.now() - beganAtMs >= 990, `${Date.now() - beganAtMs} ms`);
  assert.deepEqual([exit?.signal, exit?.errorCode], ['SIGKILL', 'SHUTDOWN_TIMEOUT']);
  assert.deepEqual(host.said(), ['draining, 800 ms left', 'SIGTERM']);
});

test('1,000 calls of recycleProcess cost one message, and the request that made them goes on', async () => {
  await using host = await stage(5_000, {});
  const { was } = host.harness;
  const pid = host.harness.host.table.get('w1')?.pid;
  await get(host.session, '/recycle/0');
  const wish = await until(() => was.all('wish')[0]);
  assert.deepEqual([wish.workerId, wish.kind, wish.reason], ['w1', control.WishKind.RECYCLE, '/recycle/0 0']);
  // The host tells it again each second until it is answered; more of the app's calls change nothing of it.
  await get(host.session, '/recycle/1');
  await until(() => was.all('wish').length > 1, 10_000, 'the wish to be told again');
  was.answerWish('w1', true, control.WishKind.RECYCLE);
  // The answer reaches the app's process by another way than requests do: what comes before it belongs to the wish that was answered.
  const reasons = () => [...new Set(was.all('wish').map(({ reason }) => reason))];
  let round = 1;
  await until(
    async () => {
      await get(host.session, `/recycle/${++round}`);
      return reasons().length > 1;
    },
    10_000,
    'a further wish, after a second',
    50,
  );
  await get(host.session, '/recycle/last');
  await until(
    () => was.all('wish').filter(({ reason }) => reason === reasons()[1]).length > 1,
    10_000,
    'the further wish to be told again',
  );
  const [first, second, ...more] = reasons();
  assert.equal(first, '/recycle/0 0');
  assert.match(second!, /^\/recycle\/\d+ 0$/, 'the first of the calls that began it');
  assert.deepEqual(more, []);
  assert.equal(host.harness.host.table.get('w1')?.pid, pid);
  host.session.drain();
});
