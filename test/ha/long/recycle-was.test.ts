import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';
import type { Worker } from '@baton/admin';
import { until } from '@baton/core';
import { agentTo, killAndRestartWas, startPairOfParts, watchEvents } from '../../support/index.ts';
import { killInEachPhase, type Phase, type Scene } from './kill-in-each-phase.ts';

const hasWorker = async ({ pair }: Scene, isIt: (worker: Worker) => boolean) => (await pair.admin.workers()).some(isIt);

const PHASES: readonly Phase[] = [
  {
    phase: 'starting',
    prepare: ({ pair }) => pair.setFault('slow 1000'),
    reached: ({ watch }, old) => watch.find(({ type, generation }) => type === 'worker.starting' && generation > old, 'the start'),
    outcome: 'failed',
  },
  {
    phase: 'connecting',
    prepare: ({ pair }) => {
      const { ports } = pair.parts.part('adapter-2');
      pair.setFault(`one-sided ${ports.grpc},${ports.lane}`);
    },
    reached: (scene) => until(() => hasWorker(scene, ({ state }) => state === 'connecting'), 10_000, 'a replacement that connects'),
    outcome: 'failed',
  },
  {
    phase: 'handover',
    prepare: ({ proxy }) => proxy.hold(),
    reached: ({ watch }, _old, id) => watch.find(({ type, recycle }) => type === 'handover.done' && recycle === id, 'the first answer'),
    outcome: 'failed',
  },
  {
    phase: 'rolling',
    prepare: ({ proxy }) => proxy.hold(),
    reached: async ({ pair, watch }, _old, id) => {
      const { from, to } = await watch.find(({ type, recycle }) => type === 'handover.done' && recycle === id, 'the first answer');
      const row = (await pair.admin.workers()).find((worker) => worker.id === to);
      process.kill(row!.pid, 'SIGKILL');
      const isBack = (event: { type: string; recycle: string; to: string }) =>
        event.type === 'handover.done' && event.recycle === id && event.to === from;
      await watch.find(isBack, 'what was given back');
      assert.equal((await pair.admin.recycle(id)).outcome, 'running', 'one adapter has not answered');
    },
    outcome: 'failed',
  },
  {
    phase: 'draining',
    prepare: ({ pair }) => {
      pair.setFault('slow-end 1500');
      void fetch(`${pair.url}/wait?ms=1500`).then((response) => response.text());
    },
    reached: ({ watch }, _old, id) => watch.find(({ type, recycle }) => type === 'recycle.committed' && recycle === id, 'the commit'),
    outcome: 'completed',
  },
  {
    phase: 'stopping',
    reached: (scene, old) =>
      until(
        () => hasWorker(scene, ({ state, generation }) => state === 'stopping' && generation === old),
        10_000,
        'an old worker that ends',
      ),
    outcome: 'completed',
  },
  {
    phase: 'ended, with the last report of an adapter on its way',
    prepare: async ({ pair }) => {
      const agent = await agentTo(pair.parts.part('adapter-2').pid, pair.url, 1);
      get(`${pair.url}/wait?ms=1500`, { agent }, (response) => response.resume()).on('close', () => agent.destroy());
    },
    reached: async ({ pair, watch, proxy }, _old, id) => {
      await watch.find(({ type, recycle }) => type === 'recycle.committed' && recycle === id, 'the commit');
      proxy.mute();
      await watch.find(({ type, recycle }) => type === 'recycle.completed' && recycle === id, 'the end of the change');
      assert.equal((await pair.admin.recycle(id)).outcome, 'running', 'nothing was left to wait for');
    },
    outcome: 'completed',
  },
];

test('WAS killed in each phase of a recycle and started again: it is finished or taken back by the commit rule, and nothing else is started', (t) =>
  killInEachPhase(t, PHASES, { overlaps: true }));

test('WAS killed while a replacement waits for a host: nothing was moved, and the old one goes on', async () => {
  await using pair = await startPairOfParts({ hosts: 1, hostArgs: ['--capacity', '1'] });
  await pair.activate();
  const [before] = await pair.admin.workers();
  using watch = await watchEvents(pair.admin);
  const id = await pair.begin();
  await watch.find(({ type }) => type === 'worker.placing', 'a replacement without a host');
  await killAndRestartWas(pair.parts);
  const receipt = await pair.ended(id);
  assert.deepEqual([receipt.outcome, receipt.oldWorker], ['failed', before?.id]);
  assert.match(receipt.failure, /leader/);
  const answer = await fetch(`${pair.url}/quick`);
  assert.equal(await answer.text(), `quick ${before?.pid}`);
  const { events } = await pair.finish();
  const started = events.filter(({ type }) => type === 'worker.starting').map(({ worker }) => worker);
  assert.deepEqual(started, [before?.id], 'something else was started');
});
