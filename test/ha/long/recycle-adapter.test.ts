import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';
import { until } from '@baton/core';
import {
  agentTo,
  type EventWatch,
  type Pair,
  type Parts,
  QUICK,
  startLoad,
  startPairOfParts,
  startProxy,
  waitFor,
  watchEvents,
} from '../../support/index.ts';

const DETACHED_AFTER_MS = 5_000;
const CONNECTIONS = 8;

type Proxy = Awaited<ReturnType<typeof startProxy>>;

interface Scene {
  readonly pair: Pair & { readonly parts: Parts };
  readonly watch: EventWatch;
  /** Keep an adapter from hearing WAS; the second adapter is the one that dies. */
  readonly proxies: ReadonlyMap<string, Proxy>;
}

interface Moment {
  readonly moment: string;
  /** Before the recycle. */
  readonly prepare: (scene: Scene) => unknown;
  /** Resolves when the adapter is to die. */
  readonly reached: (scene: Scene, id: string, generation: number) => Promise<unknown>;
  /** The answer of the dead adapter is missing: WAS waits until its channel is detached. */
  readonly isAwaited: boolean;
  /** It said how much was in flight, and never what became of it. */
  readonly isIncomplete: boolean;
}

const MOMENTS: readonly Moment[] = [
  {
    moment: 'while the replacement starts',
    prepare: ({ pair }) => pair.setFault('slow 500'),
    reached: ({ watch }, _id, generation) =>
      watch.find((event) => event.type === 'worker.starting' && event.generation === generation, 'the start of the replacement'),
    isAwaited: true,
    isIncomplete: false,
  },
  {
    moment: 'with its Handover unanswered',
    prepare: ({ proxies }) => proxies.get('adapter-2')!.hold(),
    reached: (scene, id) => answerOf(scene, 'a1', id),
    isAwaited: true,
    isIncomplete: false,
  },
  {
    moment: 'after its answer, with a request in flight',
    prepare: async ({ pair, proxies }) => {
      proxies.get('adapter-1')!.hold();
      const agent = await agentTo(pair.parts.part('adapter-2').pid, pair.url, 1);
      get(`${pair.url}/wait?ms=5000`, { agent }).on('error', () => {});
    },
    reached: async (scene, id) => assert.equal((await answerOf(scene, 'a2', id)).inFlight, 1),
    isAwaited: false,
    isIncomplete: true,
  },
];

const SAFE = [
  { percent: 90, request: QUICK },
  { percent: 10, request: waitFor(300) },
];

test('an adapter killed in a recycle, under load: the other one finishes it without a failed request, and 5 s later the dead one holds nothing up', async (t) => {
  using proxiesOpen = new DisposableStack();
  const proxies = new Map<string, Proxy>();
  const wasOf = async (name: string, was: string) => {
    if (!name.startsWith('adapter')) return was;
    if (!proxies.has(name)) proxies.set(name, proxiesOpen.use(await startProxy(was)));
    return proxies.get(name)!.address;
  };
  // links to the dead adapter are waited for no longer than that
  await using pair = await startPairOfParts({ entry: 'faulty-app.js', pool: 'processModel: { shutdownTimeLimit: 1s }', wasOf });
  await pair.activate();
  using watch = await watchEvents(pair.admin);
  using load = startLoad({
    url: pair.url,
    perSecond: 50,
    mix: SAFE,
    agent: await agentTo(pair.parts.part('adapter-1').pid, pair.url, CONNECTIONS),
  });
  const scene = { pair, watch, proxies };
  for (const [index, { moment, prepare, reached, isAwaited, isIncomplete }] of MOMENTS.entries()) {
    if (index > 0) await bringBack(pair);
    const [worker] = await pair.admin.workers();
    const generation = worker!.generation + 1;
    await prepare(scene);
    const id = await pair.begin();
    await reached(scene, id, generation);
    const killedAtMs = Date.now();
    pair.parts.part('adapter-2').kill('SIGKILL');
    for (const proxy of proxies.values()) proxy.release();
    const { atMs } = await committed(scene, id);
    pair.setFault('');
    const first = await pair.ended(id);
    assert.deepEqual([moment, first.outcome, first.newGeneration, first.incomplete], [moment, 'completed', generation, isIncomplete]);
    const waitedMs = atMs - killedAtMs;
    if (isAwaited) assert.ok(waitedMs >= DETACHED_AFTER_MS - 500, `${moment}: committed ${waitedMs} ms after a death that may be a blip`);
    else assert.ok(waitedMs < 3_000, `${moment}: committed after ${waitedMs} ms, though nobody's answer was missing`);
    await until(async () => (await attached(pair)).join() === 'a1', DETACHED_AFTER_MS * 2, `the detached channel, ${moment}`);

    const beganAtMs = Date.now();
    const second = await pair.begin();
    const secondMs = (await committed(scene, second)).atMs - beganAtMs;
    const { outcome, newGeneration, incomplete } = await pair.ended(second);
    const endedMs = Date.now() - beganAtMs;
    t.diagnostic(`${moment}: committed ${waitedMs} ms after the kill, the next one in ${secondMs} ms, ended in ${endedMs} ms`);
    assert.deepEqual([moment, outcome, newGeneration, incomplete], [moment, 'completed', generation + 1, false]);
    assert.ok(secondMs < 3_000, `${moment}: the next recycle was committed after ${secondMs} ms`);
  }
  const { sent, failures } = await load.stop();
  t.diagnostic(`${sent} requests to the adapter that lived`);
  assert.deepEqual(failures, []);
  await pair.finish();
});

/** Another life of the second adapter, to which the worker is connected. */
async function bringBack(pair: Scene['pair']): Promise<void> {
  await pair.parts.restart('adapter-2');
  const isConnected = async () => {
    // one of these falls to it
    await fetch(pair.url, { headers: { connection: 'close' } });
    const channels = (await pair.admin.channels()).filter((channel) => channel.attached);
    return channels.length === 2 && channels.every(({ connectedWorkers }) => connectedWorkers.length > 0);
  };
  await until(isConnected, 10_000, 'the worker on the channel of the new adapter', 30);
}

async function attached(pair: Pair): Promise<string[]> {
  const channels = await pair.admin.channels();
  return channels.filter((channel) => channel.attached).map(({ adapter }) => adapter.slice(0, 2));
}

function answerOf({ watch }: Scene, adapter: string, id: string) {
  return watch.find(
    ({ type, recycle, channel }) => type === 'handover.done' && recycle === id && channel.startsWith(`${adapter}-`),
    `the answer of ${adapter}`,
  );
}

function committed({ watch }: Scene, id: string) {
  return watch.find(({ type, recycle }) => type === 'recycle.committed' && recycle === id, `the commit of ${id}`);
}
