import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHost } from '@baton/sdk/testing';
import { rateLimitModule } from './rate-limit.js';
import { TokenBuckets } from './token-buckets.js';

const clientOf = (context) => context.getRequest().getHeader('x-client') ?? '';

test('a burst goes through to the app, the next request is a 429 that says when to come again and does not reach the app', async () => {
  const { host, served } = await start({ perSecond: 0.5, burst: 3 });
  await using _ = host;
  const statuses = [];
  for (let index = 0; index < 3; index++) statuses.push((await host.fetch('/')).status);
  assert.deepEqual(statuses, [200, 200, 200]);
  const refused = await host.fetch('/');
  assert.equal(refused.status, 429);
  assert.equal(refused.statusText, 'Too Many Requests');
  assert.equal(refused.headers.get('retry-after'), '2');
  assert.equal(await refused.text(), 'Too many requests: come again later.\n');
  assert.equal(served.count, 3);
});

test('who comes again when Retry-After said is let through, and not sooner', async () => {
  const { host, clock } = await start({ perSecond: 0.5, burst: 1 });
  await using _ = host;
  assert.equal((await host.fetch('/')).status, 200);
  clock.ms = 1999;
  assert.equal((await host.fetch('/')).status, 429);
  clock.ms = 2000;
  assert.equal((await host.fetch('/')).status, 200);
});

test('100 requests at once are as many 200 as the bucket holds tokens, and 429 the rest', async () => {
  const { host, served } = await start({ perSecond: 1, burst: 20 });
  await using _ = host;
  const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await host.fetch('/')).status));
  assert.equal(statuses.filter((status) => status === 200).length, 20);
  assert.equal(statuses.filter((status) => status === 429).length, 80);
  assert.equal(served.count, 20);
  assert.equal(host.requests, 0);
});

test('a client that is too fast costs no other anything', async () => {
  const { host } = await start({ perSecond: 1, burst: 1, clientOf });
  await using _ = host;
  const statusOf = async (client) => (await host.fetch('/', { headers: { 'x-client': client } })).status;
  assert.deepEqual([await statusOf('a'), await statusOf('a'), await statusOf('b'), await statusOf('a')], [200, 429, 200, 429]);
});

test('a bucket never holds more than its burst, however long nobody came', () => {
  let nowMs = 0;
  const buckets = new TokenBuckets({ perSecond: 10, burst: 2, now: () => nowMs });
  nowMs = 3_600_000;
  assert.deepEqual([buckets.take('a'), buckets.take('a'), buckets.take('a')], [0, 0, 100]);
});

test('over an hour as many come through as were refilled, at any pace', () => {
  for (const everyMs of [7, 100, 130, 999]) {
    let nowMs = 0;
    const buckets = new TokenBuckets({ perSecond: 5, burst: 10, now: () => nowMs });
    let passed = 0;
    for (; nowMs < 3_600_000; nowMs += everyMs) if (buckets.take('a') === 0) passed++;
    const most = Math.min(3_600_000 / everyMs, 5 * 3600 + 10);
    assert.ok(passed <= most + 1 && passed >= Math.floor(most) - 10, `every ${everyMs} ms: ${passed} of ${most}`);
  }
});

test('buckets are bounded: the client that was seen longest ago goes', () => {
  const buckets = new TokenBuckets({ perSecond: 0.001, burst: 1, clients: 100, now: () => 0 });
  for (let index = 0; index < 100; index++) assert.equal(buckets.take(`c${index}`), 0);
  assert.ok(buckets.take('c0') > 0); // seen again: c1 is the oldest now
  assert.equal(buckets.take('new'), 0);
  assert.equal(buckets.size, 100);
  assert.ok(buckets.take('c0') > 0);
  assert.equal(buckets.take('c1'), 0); // had been forgotten
});

test('a limit that lets nothing through is refused before the worker serves', async () => {
  await assert.rejects(start({ perSecond: 0, burst: 1 }), /"perSecond" must be a number above 0, and is 0/);
  await assert.rejects(start({ perSecond: 1, burst: 0.5 }), /"burst" must be 1 or more/);
  await assert.rejects(start({ perSecond: Number('ten'), burst: 1 }), /and is NaN/);
});

async function start(limits) {
  const served = { count: 0 };
  const clock = { ms: 0 };
  const app = (_req, res) => {
    served.count++;
    res.end('hello');
  };
  const limit = rateLimitModule({ now: () => clock.ms, ...limits });
  return { host: await startTestHost({ modules: { limit }, app }), served, clock };
}
