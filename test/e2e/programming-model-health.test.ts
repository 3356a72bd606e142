import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { until } from '@baton/core';
import { fixture, startCluster, watchEvents } from '../support/index.ts';

const LIMIT_MS = 30_000;

test('in a cluster, a worker that says it is not well, and one whose slots are all held, fail at a ping and are replaced; clients that wait for 100 get it when a module reads', async () => {
  await using cluster = await startCluster({
    config: (port) => `apiVersion: baton/v1
pools:
  - name: shop
    processModel: { pingInterval: 500ms, pingResponseTime: 2s }
    threadPool: { maxPoolThreads: 2, poolThreadLimit: 2 }
apps:
  - name: shop
    pool: shop
    entry: ${fixture('health-app.mjs')}
    modules: [${fixture('reading-module.mjs')}]
    bindings: ["http://*:${port}/"]
`,
  });
  using events = await watchEvents(cluster.admin);
  const get = async (path: string) => (await (await fetch(cluster.url + path)).json()) as { pid: number; activeThreadsCount: number };
  const replaced = (before: number) =>
    until(
      async () => {
        const { pid } = await get('/').catch(() => ({ pid: before }));
        return pid === before ? undefined : pid;
      },
      LIMIT_MS,
      'the replacement',
    );

  assert.deepEqual(await post(`${cluster.url}/read`), { status: 200, body: 'read body', told: 1 });
  assert.deepEqual(await post(`${cluster.url}/refuse`), { status: 413, body: '', told: 0 });
  assert.equal((await post(`${cluster.url}/app`)).told, 1);

  const first = await get('/');
  await get('/unhealthy?why=the%20cache%20is%20corrupt');
  const failed = await events.find(({ type, cause }) => type === 'worker.failed' && cause === 'WORKER_UNHEALTHY', 'the failure', LIMIT_MS);
  const killed = await events.find(({ type }) => type === 'worker.killed', 'the end', LIMIT_MS);
  assert.equal(killed.worker, failed.worker);
  assert.match(JSON.stringify(events.seen), /it says that it is not well: the cache is corrupt/);
  const second = await replaced(first.pid);

  for (let held = 1; held <= 2; held++) await get('/hold');
  await until(async () => (await get('/')).activeThreadsCount === 2, LIMIT_MS, 'all slots to be held', 5);
  const missed = await events.find(
    ({ type, cause, worker }) => type === 'worker.failed' && cause === 'WORKER_UNHEALTHY' && worker !== failed.worker,
    'the missed ping',
    LIMIT_MS,
  );
  assert.match(JSON.stringify(events.seen.filter(({ worker }) => worker === missed.worker)), /no answer to a ping within 2000 ms/);
  await replaced(second);
});

/** Posts a body when it is told to go on, and answers how often it was. */
async function post(url: string): Promise<{ status: number | undefined; body: string; told: number }> {
  const asked = request(url, { method: 'POST', headers: { expect: '100-continue', 'content-length': 4 } });
  let told = 0;
  asked.on('continue', () => {
    told++;
    asked.end('body');
  });
  asked.flushHeaders();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const body = await text(response);
  asked.destroy();
  return { status: response.statusCode, body, told };
}
