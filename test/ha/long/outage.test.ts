import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { sleep, until } from '@baton/core';
import { type Cluster, fixture, onePool, startCluster } from '../../support/index.ts';

const app = fixture('cluster-app.js');

interface Row {
  readonly id: string;
  readonly pid: number;
  readonly state: string;
  readonly generation: number;
  readonly inFlight: number;
}

test('with WAS killed a running pool serves without a gap, and the restarted WAS adopts the worker instead of starting another', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  await fetch(cluster.url);
  const before = await until(async () => (await list(cluster)).find((row) => row.pid !== 0), 10_000, 'the worker');
  await serveWhile(cluster, async () => {
    const was = pidOf(cluster, 'was');
    process.kill(was, 'SIGKILL');
    await until(() => /restart/i.test(cluster.output()), 10_000, 'the line of the supervisor');
    await until(async () => (await list(cluster)).length === 1, 20_000, 'the restarted WAS');
  });
  const after = await until(async () => (await list(cluster)).find((row) => row.pid !== 0), 10_000, 'the report of the host');
  assert.deepEqual([after.id, after.generation, after.pid], [before.id, before.generation, before.pid]);
});

test('with Redis killed a running pool serves, and a start that was wanted meanwhile happens once afterwards', async () => {
  const config = (port: number) => `apiVersion: baton/v1
pools: [{ name: warm }, { name: cold }]
apps:
  - { name: warm, pool: warm, entry: ${app}, bindings: ["http://*:${port}/"] }
  - { name: cold, pool: cold, entry: ${app}, bindings: ["http://*:${port}/env"] }
`;
  await using cluster = await startCluster({ config });
  await fetch(cluster.url);
  const parked: Promise<Response>[] = [];
  await serveWhile(cluster, async () => {
    process.kill(pidOf(cluster, 'redis'), 'SIGKILL');
    parked.push(fetch(`${cluster.url}/env?name=HOME`));
    assert.equal((await parked[0])?.status, 200);
  });
  const workers = await until(
    async () => {
      const rows = await list(cluster);
      return rows.length === 2 && rows;
    },
    10_000,
    'both workers',
  );
  assert.deepEqual(
    (workers as { generation: number }[]).map((row) => row.generation),
    [1, 1],
  );
});

test('a worker host that is killed takes no request with it, and the pool gets a worker again', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  await fetch(cluster.url);
  // Answered when its body has ended, however long this machine takes to see it in flight.
  const upload = request(`${cluster.url}/upload`, { method: 'POST' });
  const answer = once(upload, 'response') as Promise<[IncomingMessage]>;
  upload.write('begun before its host was killed, ');
  await until(async () => (await list(cluster)).some((row) => row.inFlight > 0), 20_000, 'the upload to be in flight');
  process.kill(pidOf(cluster, 'host'), 'SIGKILL');
  await until(() => /restart/i.test(cluster.output()), 10_000, 'the line of the supervisor');
  upload.end('ended after that');
  const [response] = await answer;
  assert.equal(response.statusCode, 200);
  response.resume();
  assert.equal((await fetch(cluster.url)).status, 200);
});

test('an adapter that is killed is restarted, opens its channel again and serves', async () => {
  await using cluster = await startCluster({ config: onePool(app) });
  await fetch(cluster.url);
  process.kill(pidOf(cluster, 'adapter'), 'SIGKILL');
  await until(async () => (await fetch(cluster.url).catch(() => undefined))?.status === 200, 20_000, 'the restarted adapter');
  await until(async () => (await list(cluster)).filter((row) => row.state === 'ready').length === 1, 10_000, 'one worker');
});

test('a cluster restarted in its data directory finds its state again', async () => {
  const first = await startCluster({ config: onePool(app, 'autoStart: true') });
  await fetch(first.url);
  await first.baton('pool', 'stop', 'app');
  assert.equal(await first.stop(), 0);
  await using second = await startCluster({ config: onePool(app, 'autoStart: true'), dir: first.dir, port: first.port });
  const [pool] = await second.baton<{ name: string; state: string }[]>('pool', 'list');
  assert.deepEqual([pool!.name, pool!.state], ['app', 'stopped']);
  await second.baton('pool', 'start', 'app');
  assert.equal((await fetch(second.url)).status, 200);
  const [worker] = await second.workers();
  assert.equal(worker!.generation, 2);
});

function pidOf(cluster: Cluster, service: string): number {
  const found = Object.entries(cluster.file().pids).find(([name]) => name.startsWith(service));
  assert.ok(found, `cluster.json names no ${service}: ${JSON.stringify(cluster.file().pids)}`);
  return found[1];
}

async function list(cluster: Cluster): Promise<Row[]> {
  return cluster.baton<Row[]>('wp', 'list').catch(() => []);
}

/** Sends a request every 10 ms while `work` runs; every one must be answered with 200. */
async function serveWhile(cluster: Cluster, work: () => Promise<void>): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  let stop = false;
  const failures: string[] = [];
  const load = (async () => {
    while (!stop) {
      const outcome = await new Promise<string>((resolve) => {
        get(cluster.url, { agent }, (response) => response.resume().on('end', () => resolve(String(response.statusCode)))).on(
          'error',
          (error) => resolve(String(error)),
        );
      });
      if (outcome !== '200') failures.push(outcome);
      await sleep(10);
    }
  })();
  try {
    await work();
  } finally {
    stop = true;
    await load;
    agent.destroy();
  }
  assert.deepEqual(failures, []);
}
