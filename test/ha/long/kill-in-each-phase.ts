import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
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

/** A cluster whose second adapter hears WAS by a proxy. */
export interface Scene {
  readonly pair: Pair & { readonly parts: Parts };
  readonly watch: EventWatch;
  /** Between the second adapter and WAS. */
  readonly proxy: HeldProxy;
}

/** A phase of a recycle in which WAS is killed. */
export interface Phase {
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

const SAFE = [
  { percent: 90, request: QUICK },
  { percent: 10, request: waitFor(300) },
];

/**
 * Recycles under load, kills WAS in each phase and starts it again: no request may fail, and nothing is started without a cause.
 *
 * - With overlap each recycle starts a replacement; without, only one that was committed does.
 */
export async function killInEachPhase(
  t: TestContext,
  phases: readonly Phase[],
  { overlaps }: { readonly overlaps: boolean },
): Promise<void> {
  const proxies: HeldProxy[] = [];
  const wasOf = async (name: string, was: string) => {
    if (name !== 'adapter-2') return was;
    proxies.push(await startProxy(was));
    return proxies[0]!.address;
  };
  await using pair = await startPairOfParts({
    entry: 'faulty-app.js',
    pool: `recycling: { disallowOverlappingRotation: ${!overlaps} }`,
    wasOf,
  });
  await pair.activate();
  using watch = await watchEvents(pair.admin);
  using proxy = proxies[0]!;
  const scene = { pair, watch, proxy };
  let starts = 1;
  using load = startLoad({ url: pair.url, perSecond: 50, mix: SAFE });
  for (const { phase, prepare, reached, afterwards, outcome } of phases) {
    await prepare?.(scene);
    const [old] = await pair.admin.workers();
    const id = await pair.begin();
    await reached(scene, old!.generation, id);
    await killAndRestartWas(pair.parts);
    proxy.release();
    await afterwards?.(scene);
    const receipt = await pair.ended(id);
    pair.setFault('');
    if (overlaps || outcome === 'completed') starts++;
    t.diagnostic(`${phase}: ${receipt.outcome} ${receipt.failure}, ${receipt.inFlightAtHandover ?? 0} in flight`);
    assert.deepEqual([phase, receipt.outcome, receipt.incomplete], [phase, outcome, false], receipt.failure);
    if (outcome === 'failed') assert.match(receipt.failure, /leader/, phase);
    const serving = outcome === 'failed' ? receipt.oldWorker : receipt.newWorker;
    await until(async () => (await pair.admin.workers()).length === 1, 10_000, `one worker after ${phase}`);
    const [worker] = await pair.admin.workers();
    assert.deepEqual([phase, worker?.id, worker?.state], [phase, serving, 'ready']);
    assert.equal(worker?.generation, outcome === 'failed' ? old!.generation : starts, phase);
  }
  const { sent, failures } = await load.stop();
  t.diagnostic(`${sent} requests`);
  assert.deepEqual(failures, []);
  const { events } = await pair.finish();
  assert.equal(events.filter(({ type }) => type === 'worker.starting').length, starts, 'a start without a cause');
}
