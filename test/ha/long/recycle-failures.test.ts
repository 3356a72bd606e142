import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Recycle } from '@baton/admin';
import { until } from '@baton/core';
import {
  type EventWatch,
  type Load,
  MIX,
  type Pair,
  QUICK,
  startLoad,
  startPair,
  startPairOfParts,
  startProxy,
  waitFor,
  watchEvents,
} from '../../support/index.ts';

/** Safe requests that begin to be answered at their end: when a worker that serves is killed, none of them needs to fail. */
const SAFE = [
  { percent: 85, request: QUICK },
  { percent: 15, request: waitFor(300) },
];
const POOL = 'processModel: { startupTimeLimit: 2s }';

/** What is left when a recycle was taken back: the old worker serves as if nothing had been. */
async function assertTakenBack(pair: Pair, receipt: Recycle, failure: RegExp): Promise<void> {
  assert.equal(receipt.outcome, 'failed');
  assert.match(receipt.failure, failure);
  await until(async () => (await pair.admin.workers()).length === 1, 5_000, 'the end of the replacement');
  const [worker] = await pair.admin.workers();
  assert.deepEqual([worker?.id, worker?.state], [receipt.oldWorker, 'ready']);
}

async function loadUntilEnd(context: TestContext, load: Load): Promise<void> {
  const { sent, failures } = await load.stop();
  context.diagnostic(`${sent} requests`);
  assert.deepEqual(failures, []);
}

describe('when the new generation', { concurrency: 1 }, () => {
  it('crashes at load, exits as it starts, listens never, or reaches one adapter only, the recycle fails with the cause and the old one goes on', async (t) => {
    await using pair = await startPair({ entry: 'faulty-app.js', pool: POOL });
    await pair.activate();
    using load = startLoad({ url: pair.url, perSecond: 100, mix: MIX });
    const { ports } = pair.cluster.file() as unknown as { ports: Record<string, number> };
    const second = await channelOf(pair, 'a2');
    const faults: [string, RegExp][] = [
      ['crash', /APP_THREW/],
      ['exit 50', /APP_EXITED/],
      ['deaf', /^the replacement died: APP_DID_NOT_LISTEN: /],
      [
        `one-sided ${ports['adapter-2.grpc']},${ports['adapter-2.lane']}`,
        new RegExp(`^the replacement was not ready within startupTimeLimit \\(2000 ms\\): not connected on ${second}$`),
      ],
    ];
    for (const [fault, failure] of faults) {
      pair.setFault(fault);
      await assertTakenBack(pair, await pair.recycle(), failure);
    }
    pair.setFault('');
    const receipt = await pair.recycle();
    assert.deepEqual([receipt.outcome, receipt.newGeneration], ['completed', 6]);
    await loadUntilEnd(t, load);
    const { receipts } = await pair.finish();
    assert.deepEqual(
      receipts.map(({ failed }) => failed),
      [0, 0, 0, 0, 0],
    );
  });

  it('exits during its preload, or does not answer it in time, the recycle fails with the cause and the old one goes on', async (t) => {
    await using pair = await startPair({ entry: 'faulty-app.js', pool: POOL, app: 'preload: [/warm]' });
    await pair.activate();
    using load = startLoad({ url: pair.url, perSecond: 100, mix: MIX });
    pair.setFault('exit-at-preload');
    await assertTakenBack(pair, await pair.recycle(), /APP_EXITED/);
    pair.setFault('slow-preload 60000');
    await assertTakenBack(pair, await pair.recycle(), /PRELOAD_FAILED/);
    pair.setFault('slow-preload 300');
    const receipt = await pair.recycle();
    assert.deepEqual([receipt.outcome, receipt.newGeneration], ['completed', 4]);
    await loadUntilEnd(t, load);
    const { receipts } = await pair.finish();
    assert.deepEqual(
      receipts.map(({ failed }) => failed),
      [0, 0, 0],
    );
  });

  it('dies between the first and the last Handover answer, eligibility goes back to the old one', async (t) => {
    await using pair = await startHeldPair();
    using load = startLoad({ url: pair.url, perSecond: 100, mix: SAFE });
    pair.proxy.hold();
    const id = await pair.begin();
    const { to } = await firstAnswer(pair.watch, id);
    await kill(pair, to);
    await death(pair.watch, to);
    pair.proxy.release();
    await assertTakenBack(pair, await pair.ended(id), /died|killed/i);
    await loadUntilEnd(t, load);
    await pair.finish();
  });

  it('dies right after the commit, that is a crash like any other: the recycle is completed and a replacement starts', async (t) => {
    await using pair = await startPair();
    await pair.activate();
    using watch = await watchEvents(pair.admin);
    using load = startLoad({ url: pair.url, perSecond: 100, mix: SAFE });
    const id = await pair.begin();
    const { to } = await watch.find(({ type, recycle }) => type === 'recycle.committed' && recycle === id, 'the commit');
    await kill(pair, to);
    await watch.find(({ type, generation }) => type === 'worker.ready' && generation === 3, 'the replacement');
    const receipt = await pair.ended(id);
    assert.deepEqual([receipt.outcome, receipt.newGeneration], ['completed', 2]);
    await loadUntilEnd(t, load);
    await pair.finish();
  });
});

describe('when the old worker', () => {
  it('dies between the first and the last Handover answer, the recycle goes on and is completed', async (t) => {
    await using pair = await startHeldPair();
    using load = startLoad({ url: pair.url, perSecond: 100, mix: SAFE });
    pair.proxy.hold();
    const id = await pair.begin();
    const { from } = await firstAnswer(pair.watch, id);
    await kill(pair, from);
    await death(pair.watch, from);
    pair.proxy.release();
    const receipt = await pair.ended(id);
    assert.deepEqual([receipt.outcome, receipt.newGeneration], ['completed', 2]);
    await loadUntilEnd(t, load);
    const { events } = await pair.finish();
    assert.equal(events.filter(({ type }) => type === 'worker.starting').length, 2, 'something else was started');
  });
});

/** "ADAPTER/CHANNEL" of an adapter. */
async function channelOf(pair: Pair, adapter: string): Promise<string> {
  const channel = (await pair.admin.channels()).find((one) => one.adapter.startsWith(adapter));
  assert.ok(channel, `${adapter} has no channel`);
  return `${channel.adapter}/${channel.channelId}`;
}

/** A pair with a worker whose second adapter can be kept from hearing WAS. */
async function startHeldPair() {
  const proxies: Awaited<ReturnType<typeof startProxy>>[] = [];
  const wasOf = async (name: string, was: string) => {
    if (name !== 'adapter-2') return was;
    const proxy = await startProxy(was);
    proxies.push(proxy);
    return proxy.address;
  };
  const pair = await startPairOfParts({ wasOf });
  const watch: EventWatch = await watchEvents(pair.admin);
  await pair.activate();
  return {
    ...pair,
    watch,
    proxy: proxies[0]!,
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      proxies[0]?.[Symbol.dispose]();
      await pair[Symbol.asyncDispose]();
    },
  };
}

function firstAnswer(watch: EventWatch, id: string) {
  return watch.find(({ type, recycle }) => type === 'handover.done' && recycle === id, 'the first answer');
}

function death(watch: EventWatch, id: string) {
  return watch.find(({ type, worker }) => type === 'worker.failed' && worker === id, `the death of ${id}`);
}

async function kill(pair: Pair, worker: string): Promise<void> {
  const row = (await pair.admin.workers()).find(({ id }) => id === worker);
  assert.ok(row && row.pid > 0, `${worker} has no process`);
  process.kill(row.pid, 'SIGKILL');
}
