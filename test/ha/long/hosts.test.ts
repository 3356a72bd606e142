import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AdminClient, Worker } from '@baton/admin';
import { until } from '@baton/core';
import {
  isAlive,
  type LoadRequest,
  processesOf,
  QUICK,
  type Share,
  STREAM,
  startLoad,
  startPair,
  startPairOfParts,
  waitFor,
} from '../../support/index.ts';

/** Half of the load may be sent again by nobody: such a request is lost with its worker. */
const post = (ms: number): LoadRequest => waitFor(ms, 'POST');
const LOAD: readonly Share[] = [
  { percent: 40, request: QUICK },
  { percent: 30, request: post(20) },
  { percent: 20, request: post(300) },
  { percent: 10, request: STREAM },
];

const PER_SECOND = 100;

/** The worker that serves the pool's only slot, once it is ready. */
function serving(admin: AdminClient, after = 0): Promise<Worker> {
  return until(
    async () => (await admin.workers()).find(({ generation, state }) => generation > after && state === 'ready'),
    20_000,
    `a ready worker above generation ${after}`,
    50,
  );
}

test('a host process is killed and does not return: its worker serves on until another host has one, no request fails, nothing is left', async (t) => {
  await using pair = await startPairOfParts();
  await pair.activate();
  const { newHost, newWorker } = await pair.recycle();
  const old = await serving(pair.admin, 1);
  assert.deepEqual([old.id, old.host], [newWorker, newHost]);
  const load = startLoad({ url: pair.url, perSecond: PER_SECOND, mix: LOAD });
  await until(() => load.answered > 50);
  const killedAtMs = Date.now();
  pair.parts.part(`host-${old.host}`).kill('SIGKILL');
  const next = await serving(pair.admin, old.generation);
  assert.notEqual(next.host, old.host);
  assert.ok(isAlive(old.pid) || Date.now() - killedAtMs > 5_000, 'it ended before anybody could take over');
  await until(() => !isAlive(old.pid), 10_000, 'the end of the worker without a host');
  t.diagnostic(`replaced and gone ${Date.now() - killedAtMs} ms after its host`);
  assert.ok(Date.now() - killedAtMs >= 5_000, 'a host is not given up before 5 s');

  await pair.parts.restart(`host-${old.host}`);
  const sent = load.sent;
  await until(() => load.sent > sent + 2 * PER_SECOND);
  const report = await load.stop();
  assert.deepEqual(report.failures, []);
  assert.deepEqual(report.pids, new Set([old.pid, next.pid]));
  await until(async () => (await pair.admin.workers()).length === 1, 5_000, 'only the new worker');
  await pair.finish();
});

test('a host process is killed and started again under its name: the worker it left is replaced at once and ends, no request fails', async (t) => {
  await using pair = await startPair();
  await pair.activate();
  await pair.recycle();
  const old = await serving(pair.admin, 1);
  const load = startLoad({ url: pair.url, perSecond: PER_SECOND, mix: LOAD });
  await until(() => load.answered > 50);
  const killedAtMs = Date.now();
  process.kill(pair.cluster.file().pids[`host-${old.host}`]!, 'SIGKILL');
  const next = await serving(pair.admin, old.generation);
  await until(() => !isAlive(old.pid), 10_000, 'the end of the worker that was left');
  t.diagnostic(`replaced and gone ${Date.now() - killedAtMs} ms after its host`);
  const report = await load.stop();
  assert.deepEqual(report.failures, []);
  assert.deepEqual(report.pids, new Set([old.pid, next.pid]));
  const events = await pair.admin.events({ limit: 200 });
  assert.ok(!events.some(({ type }) => type === 'host.lost'), 'the host was given up, and its return was not what replaced the worker');
  const gone = await until(
    async () => (await pair.admin.events({ limit: 200 })).find(({ type, worker }) => type === 'worker.exited' && worker === old.id),
    5_000,
    'the word that it has ended',
  );
  assert.match(gone.message, /its host was lost; it drained and ended/);
  await pair.finish();
});

test('a host process is killed where no two workers may overlap: the one it left ends first, requests wait for the next, none fails', async () => {
  await using pair = await startPair({ pool: 'recycling: { disallowOverlappingRotation: true }' });
  await pair.activate();
  await pair.recycle();
  const old = await serving(pair.admin, 1);
  const load = startLoad({ url: pair.url, perSecond: PER_SECOND, mix: LOAD });
  await until(() => load.answered > 50);
  process.kill(pair.cluster.file().pids[`host-${old.host}`]!, 'SIGKILL');
  const next = await serving(pair.admin, old.generation);
  const report = await load.stop();
  assert.deepEqual(report.failures, []);
  const events = await pair.admin.events({ limit: 200 });
  const timeOf = (type: string, worker: string) =>
    Date.parse(events.find((event) => event.type === type && event.worker === worker)?.at ?? '');
  assert.ok(timeOf('worker.exited', old.id) <= timeOf('worker.starting', next.id), 'the next one began before the old one had ended');
  const { noOverlap } = await pair.finish();
  assert.deepEqual(noOverlap, ['app'], 'the checker did not look for an overlap');
});

test('a host process stands still for longer than a host may and goes on: its worker is surplus then and is retired, no request fails', async () => {
  await using pair = await startPairOfParts();
  await pair.activate();
  await pair.recycle();
  const old = await serving(pair.admin, 1);
  const load = startLoad({ url: pair.url, perSecond: PER_SECOND, mix: LOAD });
  const host = pair.parts.part(`host-${old.host}`);
  host.kill('SIGSTOP');
  const next = await serving(pair.admin, old.generation);
  assert.notEqual(next.host, old.host);
  assert.ok(isAlive(old.pid), 'nobody could have told it to end');
  host.kill('SIGCONT');
  await until(() => !isAlive(old.pid), 15_000, 'the end of the surplus worker');
  const report = await load.stop();
  assert.deepEqual(report.failures, []);
  const events = await pair.admin.events({ limit: 200 });
  const of = (type: string, worker: string) => events.some((event) => event.type === type && event.worker === worker);
  assert.deepEqual([of('worker.orphaned', old.id), of('worker.returned', old.id), of('worker.exited', old.id)], [true, true, true]);
  assert.deepEqual(
    (await pair.admin.workers()).map(({ id }) => id),
    [next.id],
  );
  await pair.finish();
});

test('a host process is killed together with everything else: what it left ends by itself', async () => {
  await using pair = await startPair();
  await pair.activate();
  const old = await serving(pair.admin);
  const { pids } = pair.cluster.file();
  process.kill(pids[`host-${old.host}`]!, 'SIGKILL');
  pair.cluster.up.kill('SIGKILL');
  await until(() => processesOf(pair.dir).length === 0, 20_000, 'the end of all processes', 50);
});

test('a host without the entry is not asked a second time: activation and recycle go to the one that has it', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'baton-empty-'));
  try {
    await using pair = await startPairOfParts({ hostArgs: (name) => (name === 'host-1' ? ['--app-root', empty] : []) });
    await pair.activate();
    for (const generation of [2, 3]) {
      const { outcome, newHost, newGeneration } = await pair.recycle();
      assert.deepEqual([outcome, newHost, newGeneration], ['completed', '2', generation]);
    }
    const refused = (await pair.admin.events({ limit: 200 })).filter(({ type }) => type === 'worker.refused');
    assert.deepEqual(
      refused.map(({ cause }) => cause),
      ['ENTRY_NOT_FOUND'],
    );
    await pair.finish();
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test('an entry that no host has is said to whoever waits for the app, with every host named', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'baton-empty-'));
  try {
    await using pair = await startPairOfParts({ hostArgs: ['--app-root', empty], top: 'limits: { queueTimeout: 1s }' });
    const response = await fetch(pair.url);
    const body = await response.text();
    assert.deepEqual([response.status, response.headers.get('x-baton-error')], [503, 'QUEUE_TIMEOUT']);
    assert.match(
      body,
      /ENTRY_NOT_FOUND: .*load-app\.js does not exist on this host or cannot be read \(host [12]\); nor can host [12] start it/,
    );
  } finally {
    rmSync(empty, { recursive: true });
  }
});
