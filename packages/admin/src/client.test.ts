import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { BatonError } from '@baton/core';
import { AdminClient } from './client.ts';
import { waitForRecycle } from './wait-for-recycle.ts';

async function serve(t: TestContext, handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answer = (response: ServerResponse, body: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const isError = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof BatonError && error.code === code && message.test(error.message);

test('a list is an array whose items have every field, also those the wire left out', async (t) => {
  const url = await serve(t, (_, response) =>
    answer(response, [{ id: 'w1', pool: 'shop', startedAt: '2026-01-01T00:00:00Z', fromTheFuture: 1 }]),
  );
  const [worker] = await new AdminClient({ url }).workers();
  assert.deepEqual(worker, {
    id: 'w1',
    pool: 'shop',
    slot: '',
    host: '',
    pid: 0,
    generation: 0,
    state: '',
    startedAt: '2026-01-01T00:00:00Z',
    uptimeMs: 0,
    requestsServed: 0,
    inFlight: 0,
    rssBytes: 0,
    extraPorts: [],
    fromSpare: false,
  });
});

test('the token, the filter and the name of a pool reach the server as written', async (t) => {
  const seen: string[] = [];
  const url = await serve(t, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    answer(response, request.method === 'POST' ? { pool: { name: 'a b' } } : []);
  });
  const client = new AdminClient({ url: `${url}/`, token: 'secret' });
  await client.workers({ pool: 'a b' });
  assert.equal((await client.stopPool('a b%')).name, 'a b');
  assert.deepEqual(seen, ['GET /api/v1/workers?pool=a+b Bearer secret', 'POST /api/v1/pools/a%20b%25/stop Bearer secret']);
});

test('an error of the server keeps its code, message, hint and details', async (t) => {
  const url = await serve(t, (_, response) =>
    answer(response, { code: 'NOT_FOUND', message: 'no pool x', hint: 'look', details: { near: 'y' } }, 404),
  );
  const error = await new AdminClient({ url }).pool('x').catch((reason: unknown) => reason);
  assert.ok(error instanceof BatonError);
  assert.deepEqual([error.code, error.message, error.hint, error.details], ['NOT_FOUND', 'no pool x', 'look', { near: 'y' }]);
});

test('an answer that is not ours is an error that shows it', async (t) => {
  const url = await serve(t, (_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
  await assert.rejects(new AdminClient({ url }).status(), isError('INTERNAL', /answered 502 <h1>/));
});

test('a cluster that is not there is CLUSTER_UNREACHABLE with the address', async (t) => {
  const url = await serve(t, (request) => request.socket.destroy());
  await assert.rejects(new AdminClient({ url }).status(), isError('CLUSTER_UNREACHABLE', /no cluster answers at http:\/\/127/));
});

test('a cluster that does not answer in time is CLUSTER_UNREACHABLE', async (t) => {
  const url = await serve(t, () => undefined);
  await assert.rejects(new AdminClient({ url, timeoutMs: 50 }).status(), isError('CLUSTER_UNREACHABLE', /no cluster answers/));
});

test('events are followed one by one, whatever the pieces they arrive in, until the reader leaves', async (t) => {
  let closed = () => {};
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const url = await serve(t, (_, response) => {
    response.on('close', closed);
    response.write('{"id":"1","type":"worker.');
    setImmediate(() => response.write('ready"}\n\n{"id":"2","type":"pool.stopped"}\n{"id"'));
  });
  const types: string[] = [];
  for await (const event of new AdminClient({ url }).followEvents()) {
    types.push(event.type);
    if (types.length === 2) break;
  }
  assert.deepEqual(types, ['worker.ready', 'pool.stopped']);
  await gone;
});

const RECEIPT = { id: 'r1', pool: 'shop', slot: 'shop/1', outcome: 'completed', overlapMs: 12.5, phases: [{ name: 'placing', ms: 1 }] };

test('a receipt has every field, and null where there is nothing yet', async (t) => {
  const url = await serve(t, (_, response) =>
    answer(response, [{ ...RECEIPT, outcome: 'running', newWorker: null, newGeneration: null, overlapMs: null }]),
  );
  const [receipt] = await new AdminClient({ url }).recycles({ pool: 'shop', limit: 1 });
  assert.ok(receipt);
  assert.deepEqual(
    [receipt.newWorker, receipt.newGeneration, receipt.overlapMs, receipt.endedAt, receipt.finished, receipt.incomplete],
    [null, null, null, null, 0, false],
  );
});

test('the end of a recycle is waited for across a restart of WAS', async (t) => {
  const seen: (string | undefined)[] = [];
  const url = await serve(t, (request, response) => {
    seen.push(request.url);
    if (seen.length === 1) answer(response, { ...RECEIPT, outcome: 'running' });
    else if (seen.length === 2) request.socket.destroy();
    else answer(response, RECEIPT);
  });
  const receipt = await waitForRecycle(new AdminClient({ url }), 'r1');
  assert.deepEqual([receipt.outcome, receipt.overlapMs, receipt.phases], ['completed', 12.5, [{ name: 'placing', ms: 1 }]]);
  assert.deepEqual(new Set(seen), new Set(['/api/v1/recycles/r1?waitMs=20000']));
});

test('a recycle that the cluster does not know is not waited for', async (t) => {
  const url = await serve(t, (_, response) => answer(response, { code: 'NOT_FOUND', message: 'no recycle r1' }, 404));
  await assert.rejects(waitForRecycle(new AdminClient({ url }), 'r1'), isError('NOT_FOUND', /no recycle r1/));
});

test('a recycle of a pool says who is recycled, and a dry run what would hold it', async (t) => {
  const bodies: string[] = [];
  const url = await serve(t, async (request, response) => {
    bodies.push(`${request.url} ${Buffer.concat(await request.toArray()).toString()}`);
    answer(response, { recycleIds: ['r1'], refusals: [{ slot: 'a b/2', code: 'RECYCLE_REFUSED', message: 'it is ending', later: 1 }] });
  });
  const answered = await new AdminClient({ url }).recyclePool('a b', { reason: 'deploy', dryRun: true });
  const refusals = [{ slot: 'a b/2', code: 'RECYCLE_REFUSED', message: 'it is ending' }];
  assert.deepEqual(answered, { recycleIds: ['r1'], holds: [], refusals });
  assert.deepEqual(bodies, ['/api/v1/pools/a%20b/recycle {"reason":"deploy","dryRun":true}']);
});
