import { test } from 'node:test';
import { until } from '@baton/core';
import { killInEachPhase, type Phase, type Scene } from './kill-in-each-phase.ts';

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

test('WAS killed in each phase of a recycle without overlap: it is taken back before the commit and finished after it, and all that was parked is served', (t) =>
  killInEachPhase(t, PHASES, { overlaps: false }));
