import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { startPairOfParts, startProxy, watchEvents } from '../../support/index.ts';

// Each test is named after an entry of FLAWS in test/model, and takes a whole cluster along it: real processes, sockets and signals.

/** Unsafe requests: none of them may be run twice, so each has to stay with its worker or be moved before it was begun. */
const post = (url: string) => fetch(url, { method: 'POST', headers: { connection: 'close' } });

const WRITTEN = 20;

test('no leaving: requests that were written to a worker before it was told to stop are answered, although it reads both at once', async () => {
  await using pair = await startPairOfParts({});
  await pair.activate();
  using watch = await watchEvents(pair.admin);
  const [old] = await pair.admin.workers();
  process.kill(old!.pid, 'SIGSTOP');
  const answers = Array.from({ length: WRITTEN }, () => post(`${pair.url}/wait?ms=20`));
  // the adapters' counts: the worker tells none while it stands still
  const inFlight = async () => (await pair.admin.pool('app')).inFlight;
  await until(async () => (await inFlight()) === WRITTEN, 5_000, 'every request to be written to the worker');
  const id = await pair.begin();
  await watch.find(({ type, recycle }) => type === 'recycle.committed' && recycle === id, 'the commit');
  process.kill(old!.pid, 'SIGCONT');
  for (const answer of answers) assert.equal((await answer).status, 200);
  const { outcome, failed, finished, moved, inFlightAtHandover, incomplete } = await pair.ended(id);
  assert.deepEqual([outcome, failed, incomplete], ['completed', 0, false]);
  assert.deepEqual([inFlightAtHandover, finished + moved], [WRITTEN, WRITTEN]);
  await pair.finish();
});

test('no leaving while the streams are down: a recycle that an adapter never hears of takes none of its requests', async () => {
  const proxies: Awaited<ReturnType<typeof startProxy>>[] = [];
  const wasOf = async (name: string, was: string) => {
    if (name !== 'adapter-2') return was;
    proxies.push(await startProxy(was));
    return proxies[0]!.address;
  };
  await using pair = await startPairOfParts({ wasOf });
  using proxy = proxies[0]!;
  await pair.activate();
  proxy.hold();
  proxy.cut();
  await until(
    async () => (await pair.admin.channels()).filter(({ attached }) => attached).length === 1,
    15_000,
    'one channel to be detached',
  );
  const answers = Array.from({ length: 40 }, () => post(`${pair.url}/wait?ms=1500`));
  const receipt = await pair.recycle();
  assert.deepEqual([receipt.outcome, receipt.newGeneration, receipt.failed], ['completed', 2, 0]);
  for (const answer of answers) assert.equal((await answer).status, 200);
  const [worker] = await pair.admin.workers();
  // The adapter that was cut off has turned to the replacement because the old worker said so; both serve with it.
  const bodies = await Promise.all(Array.from({ length: 40 }, async () => (await post(`${pair.url}/quick`)).text()));
  assert.deepEqual([...new Set(bodies)], [`quick ${worker!.pid}`]);
  proxy.release();
  await until(async () => (await pair.admin.channels()).every(({ attached }) => attached), 15_000, 'its registration');
  assert.equal((await pair.recycle()).newGeneration, 3);
  await pair.finish();
});
