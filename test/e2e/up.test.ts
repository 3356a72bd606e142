import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type Cluster, everyProcess, fixture, isAlive, onePool, startCluster } from '../support/index.ts';

const app = fixture('cluster-app.js');

/** Every process of the cluster: those that cluster.json names, and the children of the hosts. */
function allPids(cluster: Cluster): number[] {
  const pids = Object.values(cluster.file().pids);
  const children = everyProcess().filter(({ parent }) => pids.includes(parent));
  return [...new Set([...pids, ...children.map(({ pid }) => pid)])].filter((pid) => pid !== process.pid);
}

/** Sends a request and resolves when the response is complete. Its connection is not kept. */
function request(url: string): Promise<{ status: number | undefined }> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, headers: { connection: 'keep-alive' } }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode }));
    }).on('error', reject);
  });
}

test('Ctrl-C with requests in flight answers them, then exits 0 and leaves no process, port or lock', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  await request(cluster.url);
  const slow = Promise.all(Array.from({ length: 20 }, () => request(`${cluster.url}/slow?ms=1500`)));
  await until(
    async () => (await cluster.baton<{ inFlight: number }[]>('wp', 'list'))[0]!.inFlight >= 20,
    5_000,
    'twenty requests in flight',
  );
  const pids = allPids(cluster);
  assert.ok(pids.length >= 6, `expected up, redis, was, adapter, host and a worker, found ${pids.length}`);
  assert.equal(await cluster.stop('SIGINT'), 0);
  assert.deepEqual(
    (await slow).map(({ status }) => status),
    Array.from({ length: 20 }, () => 200),
  );
  assert.deepEqual(pids.filter(isAlive), []);
  await assert.rejects(request(cluster.url), /ECONNREFUSED/);
  const left = readdirSync(join(cluster.dir, 'data'));
  for (const name of ['lock', 'cluster.json', 'redis.sock', 'lifeline']) assert.ok(!left.includes(name), `${name} is left`);
});

test('a second Ctrl-C ends a cluster whose requests do not end, workers included', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  await request(cluster.url);
  const endless = request(`${cluster.url}/slow?ms=600000`).catch((error: Error) => error);
  await until(async () => (await cluster.baton<{ inFlight: number }[]>('wp', 'list'))[0]!.inFlight > 0, 5_000, 'the request in flight');
  const pids = allPids(cluster);
  cluster.up.kill('SIGINT');
  await until(() => /^stopping/m.test(cluster.output()), 5_000, 'the first line of the stop');
  await new Promise((resolve) => setTimeout(resolve, 300)); // two signals at almost the same time count as one keystroke
  assert.equal(await cluster.stop('SIGINT'), 130);
  assert.ok((await endless) instanceof Error);
  await until(() => pids.filter(isAlive).length === 0, 2_000, 'the end of every process');
});

test('kill -9 of up under load leaves no process, and the same data directory starts again', async () => {
  // what comes when the worker has ended already waits for another one, which nobody is left to start, for as long as this
  const cluster = await startCluster({ config: onePool(app, '', 'limits: { queueTimeout: 5s }') });
  await request(cluster.url);
  const pids = allPids(cluster);
  const load = Promise.allSettled(Array.from({ length: 10 }, () => request(`${cluster.url}/slow?ms=200`)));
  cluster.up.kill('SIGKILL');
  await until(() => pids.filter(isAlive).length === 0, 15_000, 'the end of every process');
  await load;
  await using again = await startCluster({ config: onePool(app), dir: cluster.dir, port: cluster.port });
  assert.equal((await request(again.url)).status, 200);
});

test('a bad baton.yaml that is applied is refused with line and key, and the running cluster is untouched', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  const { status } = await request(cluster.url);
  const before = await cluster.baton('wp', 'list').then((workers) => (workers as { id: string; generation: number }[])[0]!);
  const bad = join(cluster.dir, 'bad.yaml');
  writeFileSync(bad, onePool(app, 'queueLenght: 10')(cluster.port));
  await assert.rejects(cluster.baton('apply', '-f', bad), (error: { code: number; stderr: string }) => {
    assert.equal(error.code, 1);
    assert.match(error.stderr, /bad\.yaml:4: pools\[0\]\.queueLenght: unknown key; did you mean "queueLength"\?/);
    return true;
  });
  assert.equal((await request(cluster.url)).status, status);
  const [after] = await cluster.baton<{ id: string; generation: number }[]>('wp', 'list');
  assert.deepEqual([after!.id, after!.generation], [before.id, before.generation]);
  assert.equal((await cluster.baton<{ yaml: string }[]>('config', 'diff', join(cluster.dir, 'baton.yaml'))).length, 0);
});

const BROKEN = [
  { title: 'never listens', source: 'setInterval(() => {}, 1000);', code: 'APP_DID_NOT_LISTEN' },
  { title: 'throws while it loads', source: 'throw new Error("boom at load");', code: 'APP_THREW' },
  { title: 'exits 0 at once', source: 'process.exit(0);', code: 'APP_EXITED' },
];

for (const { title, source, code } of BROKEN) {
  test(`an app that ${title} is told in one line with what to do, its client gets the cause, and no process is left`, async (t) => {
    const pool = 'processModel: { startupTimeLimit: 400ms }';
    const config = onePool('./broken.js', pool, 'limits: { queueTimeout: 1500ms }');
    const dir = mkdtempSync(join(tmpdir(), 'baton-test-'));
    writeFileSync(join(dir, 'broken.js'), source);
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    await using cluster = await startCluster({ config, dir });
    const response = await fetch(cluster.url);
    assert.equal(response.status, 503);
    assert.match(await response.text(), new RegExp(code));
    assert.match(cluster.output(), new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${code}: worker .+ failed: .+\\. \\S.+$`, 'm'));
    await until(async () => (await cluster.baton<unknown[]>('wp', 'list')).length === 0, 10_000, 'the end of the last worker');
    const host = cluster.file().pids['host-1'];
    await until(() => everyProcess().every(({ parent }) => parent !== host), 5_000, 'the end of its processes');
  });
}

test('every process is named in the process list', async () => {
  await using cluster = await startCluster({ config: onePool(app), args: ['--hosts', '2'] });
  await request(cluster.url);
  const pids = allPids(cluster);
  const names = everyProcess()
    .filter(({ pid }) => pids.includes(pid))
    .map(({ command }) => command);
  for (const name of [/^baton up$/, /^baton was/, /^baton adapter/, /^baton host 1$/, /^baton host 2$/, /^baton w1 pool=app gen=1$/])
    assert.ok(
      names.some((one) => name.test(one)),
      `${name} is not among ${names.join(', ')}`,
    );
});
