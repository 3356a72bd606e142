import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { sleep, until } from '@baton/core';
import { fixture, onePool, startCluster } from '../support/index.ts';

interface Answer {
  readonly method: string;
  readonly status: number;
  readonly error: string | undefined;
  readonly pid: number | undefined;
  readonly at: number;
}

test('kill -9 of a worker under load: safe requests are all answered, others fail at most where they were in flight, each with a cause', async (t) => {
  await using cluster = await startCluster({ config: onePool(fixture('cluster-app.js')), args: ['--spares', '1'] });
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  await ask(cluster.url, 'GET', agent);
  const [victim] = await cluster.workers();
  const answers: Answer[] = [];
  let stop = false;
  let inFlightPosts = 0;
  const clients = Array.from({ length: 32 }, async (_, client) => {
    const method = client % 4 === 0 ? 'POST' : 'GET';
    while (!stop) {
      if (method === 'POST') inFlightPosts++;
      answers.push(await ask(`${cluster.url}/slow?ms=20`, method, agent));
      if (method === 'POST') inFlightPosts--;
    }
  });
  await until(() => answers.length > 500, 10_000, 'load');
  const atKill = inFlightPosts;
  const killedAt = Date.now();
  process.kill(victim!.pid, 'SIGKILL');
  const first = await until(
    () => answers.find((answer) => answer.pid !== undefined && answer.pid !== victim!.pid),
    5_000,
    'an answer of the replacement',
  );
  const gapMs = first.at - killedAt;
  await sleep(200); // a little more load on the replacement
  stop = true;
  await Promise.all(clients);
  agent.destroy();

  const failed = answers.filter((answer) => answer.status !== 200);
  t.diagnostic(
    `replacement answered ${gapMs} ms after the kill; ${failed.length} of ${answers.length} failed, ${atKill} POSTs were in flight`,
  );
  assert.deepEqual(
    failed.filter((answer) => answer.method === 'GET'),
    [],
  );
  assert.ok(failed.length <= atKill, `${failed.length} failed, ${atKill} were in flight`);
  for (const answer of failed) assert.deepEqual([answer.status, answer.error], [502, 'WORKER_DIED']);
  assert.ok(gapMs <= 1000, `the replacement answered after ${gapMs} ms`);
  const workers = await cluster.workers();
  assert.equal(workers.length, 1);
  assert.equal(workers[0]?.generation, 2);
});

test('an app that crashes at every request is replaced each time, and the cluster stays up', async () => {
  await using cluster = await startCluster({ config: onePool(fixture('cluster-app.js')) });
  for (let round = 1; round <= 3; round++) {
    const answer = await fetch(`${cluster.url}/crash`, { method: 'POST' });
    assert.equal(answer.status, 502);
    assert.equal(answer.headers.get('x-baton-error'), 'WORKER_DIED');
    const healthy = await fetch(cluster.url);
    assert.equal(healthy.status, 200);
  }
  const events = await cluster.baton<{ type: string; cause: string }[]>('event', 'list', '--pool', 'app');
  assert.ok(events.filter((event) => event.type.startsWith('worker.') && event.cause === 'APP_CRASHED').length >= 3);
});

test('a worker whose event loop is blocked longer than pingResponseTime is replaced', async () => {
  const pool = 'processModel: { pingInterval: 1s, pingResponseTime: 1s }';
  await using cluster = await startCluster({ config: onePool(fixture('cluster-app.js'), pool) });
  assert.equal((await fetch(cluster.url)).status, 200);
  const [first] = await cluster.workers();
  const blocked = fetch(`${cluster.url}/block?ms=60000`, { method: 'POST' });
  const answer = await blocked;
  assert.equal(answer.status, 502);
  assert.equal((await fetch(cluster.url)).status, 200);
  const [second] = await cluster.workers();
  assert.notEqual(second!.id, first!.id);
});

function ask(url: string, method: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const done = (status: number, error: string | undefined, pid?: number) => resolve({ method, status, error, pid, at: Date.now() });
    const sent = request(url, { method, agent, headers: method === 'POST' ? { 'content-length': 4 } : {} }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('error', (error) => done(0, String(error)));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        done(status, response.headers['x-baton-error'] as string | undefined, status === 200 ? JSON.parse(body).pid : undefined);
      });
    });
    sent.on('error', (error) => done(0, String(error)));
    sent.end(method === 'POST' ? 'body' : undefined);
  });
}
