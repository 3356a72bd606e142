import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import {
  type EventWatch,
  type HeldProxy,
  killAndRestartWas,
  type Pair,
  type Parts,
  QUICK,
  startLoad,
  startPairOfParts,
  startProxy,
  waitFor,
  watchEvents,
} from '../../support/index.ts';

interface Scene {
  readonly pair: Pair & { readonly parts: Parts };
  readonly watch: EventWatch;
  /** Between the second adapter and WAS. */
  readonly proxy: HeldProxy;
}

interface Phase {
  readonly phase: string;
  /** Before the recycle. */
  readonly prepare?: (scene: Scene) => unknown;
  /** Resolves when the recycle is in this phase; `old` and `id`: the generation that leaves, and the recycle. */
  readonly reached: (scene: Scene, old: number, id: string) => Promise<unknown>;
  /** When another WAS leads. */
  readonly afterwards?: (scene: Scene) => unknown;
  /** What the commit rule asks for. */
  readonly outcome: 'completed' | 'failed';
}

const hasWorker = ({ pair }: Scene, state: string, generation: number) =>
  until(
    async () => (await pair.admin.workers()).some((worker) => worker.state === state && worker.generation === generation),
    10_000,
    `generation ${generation} ${state}`,
  );
const committed = ({ watch }: Scene, id: string) =>
  watch.find(({ type, recycle }) => type === 'recycle.committed' && recycle === id, 'the commit');
const nextStarts = ({ watch }: Scene, old: number) =>
  watch.find(({ type, generation }) => type === 'worker.starting' && generation > old, 'the start of the next worker');
const slowly = ({ pair }: Scene) => void fetch(`${pair.url}/wait?ms=1500`).then((response) => response.text());

const PHASES: readonly Phase[] = [
  {
    phase: 'handover, parked at one adapter',
    prepare: ({ proxy }) => proxy.hold(),
    reached: ({ watch }, _old, id) => watch.find(({ type, recycle }) => type === 'handover.done' && recycle === id, 'the first answer'),
    outcome: 'failed',
  },
  { phase: 'draining', prepare: slowly, reached: (scene, _old, id) => committed(scene, id), outcome: 'completed' },
  {
    phase: 'stopping',
    prepare: slowly,
    reached: (scene, old) => hasWorker(scene, 'stopping', old),
    outcome: 'completed',
  },
  {
    phase: 'starting',
    prepare: ({ pair }) => pair.setFault('slow 1000'),
    reached: nextStarts,
    outcome: 'completed',
  },
  {
    phase: 'connecting',
    prepare: ({ pair }) => pair.setFault('slow 500'),
    reached: async (scene, old) => {
      await nextStarts(scene, old);
      scene.pair.parts.part('adapter-2').kill('SIGSTOP');
      await hasWorker(scene, 'connecting', old + 1);
    },
    afterwards: ({ pair }) => pair.parts.part('adapter-2').kill('SIGCONT'),
    outcome: 'completed',
  },
];

const SAFE = [
  { percent: 90, request: QUICK },
  { percent: 10, request: waitFor(300) },
];

test('WAS killed in each phase of a recycle without overlap: it is taken back before the commit and finished after it, and all that was parked is served', async (t) => {
  const proxies: HeldProxy[] = [];
  const wasOf = async (name: string, was: string) => {
    if (name !== 'adapter-2') return was;
    proxies.push(await startProxy(was));
    return proxies[0]!.address;
  };
  await using pair = await startPairOfParts({
    entry: 'faulty-app.js',
    pool: 'recycling: { disallowOverlappingRotation: true }',
    wasOf,
  });
  await pair.activate();
  using watch = await watchEvents(pair.admin);
  using proxy = proxies[0]!;
  const scene = { pair, watch, proxy };
  using load = startLoad({ url: pair.url, perSecond: 50, mix: SAFE });
  for (const { phase, prepare, reached, afterwards, outcome } of PHASES) {
    await prepare?.(scene);
    const [old] = await pair.admin.workers();
    const id = await pair.begin();
    await reached(scene, old!.generation, id);
    await killAndRestartWas(pair.parts);
    proxy.release();
    await afterwards?.(scene);
    const receipt = await pair.ended(id);
    pair.setFault('');
    t.diagnostic(`${phase}: ${receipt.outcome} ${receipt.failure}, ${receipt.inFlightAtHandover ?? 0} in flight`);
    assert.deepEqual([phase, receipt.outcome, receipt.incomplete], [phase, outcome, false], receipt.failure);
    if (outcome === 'failed') assert.match(receipt.failure, /leader/, phase);
    const serving = outcome === 'failed' ? receipt.oldWorker : receipt.newWorker;
    await until(async () => (await pair.admin.workers()).length === 1, 10_000, `one worker after ${phase}`);
    const [worker] = await pair.admin.workers();
    assert.deepEqual([phase, worker?.id, worker?.state], [phase, serving, 'ready']);
    assert.equal(worker?.generation, old!.generation + (outcome === 'failed' ? 0 : 1), phase);
  }
  const { sent, failures } = await load.stop();
  t.diagnostic(`${sent} requests`);
  assert.deepEqual(failures, []);
  const { events } = await pair.finish();
  const starts = events.filter(({ type }) => type === 'worker.starting').length;
  assert.equal(starts, 1 + PHASES.filter(({ outcome }) => outcome === 'completed').length, 'a start without a cause');
});
