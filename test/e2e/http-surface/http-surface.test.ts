/**
 * The same scripted raw clients against each app, run by Node alone and hosted by Baton: everything a client or the app can see must be equal.
 * What is left out of the comparison is in normalise.ts; what differs on purpose is in cases/differences.ts.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type HostedApp, runHosted } from './baton-app.ts';
import { DIFFERENCES } from './cases/differences.ts';
import { expectListeners } from './cases/expect.ts';
import { CASES } from './cases/index.ts';
import { type RunningApp, runDirect } from './direct-app.ts';
import { normalise } from './normalise.ts';
import { play, type Seen } from './raw-client.ts';
import type { SurfaceCase } from './surface-case.ts';

/** Name, file run by Node, file hosted by Baton. */
const APPS = [
  ['plain http', 'surface/plain.js', 'surface/plain.js'],
  ['Express 5', 'surface/express.js', 'surface/express.js'],
  ['Fastify 5', 'surface/fastify.js', 'surface/fastify.js'],
  ['Koa', 'surface/koa.js', 'surface/koa.js'],
  ['Hono', 'surface/hono-direct.js', 'surface/hono.js'],
  ['Nest', 'surface/nest.js', 'surface/nest.js'],
] as const;

/** Cases at once: enough to keep both sides busy, few enough that none runs out of patience on a small machine. */
const AT_ONCE = 4;

for (const [name, direct, hosted] of APPS) {
  compare(name, direct, hosted, {}, CASES);
}
compare(
  'plain http with listeners of Expect and clientError',
  'surface/plain.js',
  'surface/plain.js',
  { EXPECT_LISTENERS: '1' },
  expectListeners,
);

suite('known differences', () => {
  let apps: readonly [RunningApp, HostedApp] | readonly [] = [];
  before(async () => {
    apps = await both('surface/plain.js', 'surface/plain.js', {});
  });
  after(() => end(apps));
  for (const difference of DIFFERENCES) {
    test(`${difference.case.title}: ${difference.reason}`, async () => {
      const [direct, baton] = await Promise.all(apps.map((app) => play(app.port, difference.case)));
      assert.equal(summary(direct as Seen), difference.direct, 'Node alone');
      assert.equal(summary(baton as Seen), difference.baton, 'Baton');
    });
  }
});

function compare(name: string, direct: string, hosted: string, env: Record<string, string>, cases: readonly SurfaceCase[]): void {
  suite(name, { concurrency: AT_ONCE }, () => {
    let apps: readonly [RunningApp, HostedApp] | readonly [] = [];
    before(async () => {
      apps = await both(direct, hosted, env);
    });
    after(() => end(apps));
    for (const surfaceCase of cases) {
      test(surfaceCase.title, async () => {
        const [expected, actual] = await Promise.all(apps.map((app) => play(app.port, surfaceCase)));
        assert.deepEqual(normalise(actual as Seen, surfaceCase), normalise(expected as Seen, surfaceCase));
      });
    }
    test('no request is left and the worker process is the one it was', async () => {
      const [, baton] = apps;
      assert.equal(baton?.child.exitCode, null, baton?.output());
      assert.deepEqual(
        baton?.messages.filter((message) => message.type === 'disconnected' || message.type === 'failed'),
        [],
      );
    });
  });
}

/** Starts the app twice; when one does not start, the other is ended. */
async function both(direct: string, hosted: string, env: Record<string, string>): Promise<[RunningApp, HostedApp]> {
  const [alone, behind] = await Promise.allSettled([runDirect(direct, env), runHosted(hosted, env)]);
  if (alone.status === 'fulfilled' && behind.status === 'fulfilled') return [alone.value, behind.value];
  await end([alone, behind].flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  throw [alone, behind].find((result) => result.status === 'rejected')?.reason;
}

async function end(apps: readonly AsyncDisposable[]): Promise<void> {
  for (const app of apps) await app[Symbol.asyncDispose]();
}

function summary(seen: Seen): string {
  const responses = seen.responses.map((response) =>
    [...response.interim.map((interim) => interim.status), response.status, response.headers.connection?.join(', ')].join(' '),
  );
  return [...responses, seen.connection].join('; ');
}
