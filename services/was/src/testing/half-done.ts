import { until } from '@baton/core';
import { type Ring, recycle, slotOf, started } from './recycling.ts';

/** Both adapters report work, so that a crash is replaced. */
export async function haveWork({ cluster, a, b }: Ring): Promise<void> {
  for (const adapter of [a, b]) adapter.load('shop', 0, 1);
  await until(() => cluster.was.engine.attachedChannels('shop').every(({ inFlight }) => inFlight === 1), 10_000, 'the reports');
}

/** A recycle whose Handover was done at "a" and is not answered at "b". */
export async function openHalfDone(ring: Ring): Promise<{ id: string; to: string; asked: Awaited<ReturnType<Ring['b']['next']>> }> {
  ring.b.answer = () => undefined;
  const id = recycle(ring);
  const { workerId: to } = await started(ring, 2);
  const asked = await ring.b.next('handover', ({ toWorkerId }) => toWorkerId === to);
  await until(() => slotOf(ring.cluster).seats.get('a/1')?.who === to, 10_000, 'the first answer');
  return { id, to, asked };
}
