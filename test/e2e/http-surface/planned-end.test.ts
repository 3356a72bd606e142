/** How a worker process ends when it is told to, and when it wishes to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type HostedApp, runHosted, spawnHosted } from './baton-app.ts';

async function ask(port: number, path = '/'): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) })).text();
}

/** What the stop of a recycle does: the adapter hands over (to nobody: what comes is parked), then the host orders the stop. */
function stop(app: HostedApp, limitMs = 5_000): void {
  app.adapter.handover('surface', { recycleId: 'r1', slot: 'surface/1', from: 'w1', to: '', onlyIfIdle: false });
  app.tell({ type: 'stop', successor: '', limitMs, graceMs: 1_000, cause: 'recycle' });
}

const running = (app: HostedApp, count: number): Promise<unknown> =>
  until(() => app.adapter.active === count, 5_000, `${count} requests in flight`);

test('an app without a SIGTERM handler ends when its last request is answered', async () => {
  await using app = await runHosted('cluster-app.js');
  const slow = ask(app.port, '/slow?ms=200');
  await running(app, 1);
  stop(app);
  assert.match(await slow, /pid/);
  assert.deepEqual(await app.exited, [0, null]);
  assert.deepEqual(app.messages.at(-1), { type: 'drained', unfinished: 0 });
});

test('SIGTERM handlers run after the last request, and close calls back', async () => {
  await using app = await runHosted('small/sigterm-close.js');
  const slow = ask(app.port, '/?ms=200').then((text) => ({ text, output: app.output() }));
  await running(app, 1);
  stop(app);
  assert.deepEqual(await slow, { text: 'done', output: '' });
  assert.deepEqual(await app.exited, [0, null]);
  assert.equal(app.output(), 'app: SIGTERM\napp: closed\n');
});

test('an app that closes on SIGTERM ends when nothing is left to do', async () => {
  await using app = await runHosted('small/sigterm-natural.js');
  stop(app, 20_000);
  assert.deepEqual(await app.exited, [0, null]);
  assert.equal(app.output(), 'app: closed\napp: exit\n');
});

test('at the limit the process ends although a request is in flight, and says how many', async () => {
  await using app = await runHosted('cluster-app.js');
  const slow = ask(app.port, '/slow?ms=60000').catch(() => 'cut');
  await running(app, 1);
  stop(app, 100);
  assert.deepEqual(await app.exited, [0, null]);
  assert.deepEqual(app.messages.at(-1), { type: 'drained', unfinished: 1 });
  app.adapter.instanceGone('surface', 'surface/1', 'w1', 'killed at the limit', true);
  await slow;
});

test('a worker that was idle wishes to end once, and goes on when the wish is not granted', async () => {
  await using app = await runHosted('cluster-app.js', {}, { idleTimeoutMs: 100 });
  const wish = await app.said('idle');
  assert.deepEqual(wish.connected, [{ adapterId: 'a1', channelId: 1 }]);
  assert.ok(wish.idleMs >= 100);
  app.tell({ type: 'wishAnswer', wish: 'idle', granted: false });
  assert.match(await ask(app.port), /pid/);
  await until(() => app.messages.filter(({ type }) => type === 'idle').length === 2, 5_000, 'a second wish');
});

test('a request in flight keeps a worker from being idle', async () => {
  await using app = await runHosted('cluster-app.js', {}, { idleTimeoutMs: 150 });
  await ask(app.port, '/slow?ms=400');
  assert.equal(app.messages.filter(({ type }) => type === 'idle').length, 0);
  await app.said('idle');
});

test('a worker that lost its host serves on until it is relieved, answers what it has and ends', async () => {
  await using app = await runHosted('cluster-app.js');
  const slow = ask(app.port, '/slow?ms=200');
  await running(app, 1);
  app.child.disconnect();
  assert.match(await ask(app.port), /pid/);
  app.adapter.handover('surface', { recycleId: 'r1', slot: 'surface/1', from: 'w1', to: '', onlyIfIdle: false });
  assert.match(await slow, /pid/);
  assert.deepEqual(await app.exited, [0, null]);
});

test('a worker that never listened ends at once when it lost its host', async () => {
  await using app = await spawnHosted('small/never-listens.js');
  await app.said('spare');
  app.child.disconnect();
  const [code] = await app.exited;
  assert.equal(code, 1);
});

test('an app that closes its own server takes no more requests, and its end is a failure', async () => {
  await using app = await runHosted('small/closes-itself.js');
  assert.equal(await ask(app.port, '/close'), 'answered');
  assert.equal((await app.said('failed')).code, 'APP_CRASHED');
  await app.exited;
  assert.match(app.output(), /app: closed/);
});

test('counts and memory are reported', async () => {
  await using app = await runHosted('cluster-app.js');
  for (let round = 0; round < 3; round++) await ask(app.port);
  const stats = await until(
    () => app.messages.find((message) => message.type === 'stats' && message.requestsServed === 3),
    5_000,
    'a report of three requests',
  );
  assert.ok(stats.type === 'stats' && stats.inFlight === 0 && stats.rssBytes > 10_000_000);
});
