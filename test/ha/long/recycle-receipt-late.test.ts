import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type HeldProxy, startPairOfParts, startProxy, watchEvents } from '../../support/index.ts';

/** Longer than a receipt waits for the last reports. */
const LONG_MS = 12_000;
const REQUESTS = 6;

test('a recycle is taken back with requests on the old worker that last longer than its receipt waits: it says so, and is whole when they have ended', async () => {
  const proxies: HeldProxy[] = [];
  const wasOf = async (name: string, was: string) => {
    if (name !== 'adapter-2') return was;
    proxies.push(await startProxy(was));
    return proxies[0]!.address;
  };
  await using pair = await startPairOfParts({ wasOf });
  await pair.activate();
  using proxy = proxies[0]!;
  using watch = await watchEvents(pair.admin);
  // connections of their own, so that each adapter has some
  const long = async () => (await fetch(`${pair.url}/wait?ms=${LONG_MS}`, { headers: { connection: 'close' } })).status;
  const answers = Promise.all(Array.from({ length: REQUESTS }, long));
  const inFlight = async () => (await pair.admin.pools()).reduce((sum, pool) => sum + pool.inFlight, 0);
  await until(async () => (await inFlight()) === REQUESTS, 5_000, 'the requests');
  proxy.hold();
  const id = await pair.begin();
  const { to } = await watch.find(({ type, recycle }) => type === 'handover.done' && recycle === id, 'the first answer');
  process.kill((await pair.admin.workers()).find((worker) => worker.id === to)!.pid, 'SIGKILL');
  await watch.find(({ type, worker }) => type === 'worker.failed' && worker === to, 'its death');
  proxy.release();
  const told = await pair.ended(id);
  assert.deepEqual([told.outcome, told.incomplete, told.finished], ['failed', true, 0]);
  assert.ok((told.inFlightAtHandover ?? 0) > 0, 'the hand-over found nothing');
  assert.deepEqual(new Set(await answers), new Set([200]));
  const whole = await until(
    async () => {
      const receipt = await pair.admin.recycle(id);
      return receipt.incomplete ? undefined : receipt;
    },
    5_000,
    'the last report',
  );
  assert.deepEqual([whole.outcome, whole.finished, whole.endedAt], ['failed', whole.inFlightAtHandover, told.endedAt]);
  await pair.finish();
});
