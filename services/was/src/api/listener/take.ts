import type { listener } from '@baton/proto';
import { channelRef } from '@baton/store';
import { type Answer, takeAnswer } from '../../handover/answers.ts';
import { oneLine } from '../../one-line.ts';
import type { Engine } from '../../reconcile/engine.ts';
import { slotToAdd } from '../../reconcile/scale.ts';
import { noteHandover } from '../../recycle/reports.ts';
import { isPending } from '../../worker/record.ts';

/** A Handover was answered; it belongs to the one slot of the pool that asked with that id. */
export function takeHandoverAnswer(engine: Engine, adapterId: string, message: listener.HandoverAnswer): void {
  const ref = channelRef(adapterId, message.channelId);
  const answer = answerOf(message);
  if (!answer) return;
  for (const slot of engine.cluster.pools.get(message.poolId)?.slots.values() ?? []) {
    const seat = slot.seats.get(ref);
    const ask = seat?.ask;
    if (!seat || !ask || !takeAnswer(seat, message.recycleId, answer, engine.time.now())) continue;
    if (answer.kind === 'done') noteHandover(engine, ref, { ...ask, slot: slot.name, pool: slot.pool }, answer.inFlight);
    engine.touch(slot.name);
  }
}

function answerOf({ answer }: listener.HandoverAnswer): Answer | undefined {
  if (answer.case === 'done') return { kind: 'done', inFlight: answer.value.inFlight };
  return answer.case === undefined ? undefined : { kind: answer.case };
}

/** Figures of an adapter: they say whether work waits, and whether a pool with free slots needs one more worker. */
export function takeLoadReport(engine: Engine, adapterId: string, { pools }: listener.LoadReport): void {
  for (const load of pools) {
    const channel = engine.cluster.channels.get(channelRef(adapterId, load.channelId));
    if (channel?.pool !== load.poolId) continue;
    const { parked, inFlight, requestsTotal, failedTotal } = load;
    Object.assign(channel, { parked, inFlight, requestsTotal, failedTotal });
    addWorker(engine, load.poolId);
    // Work changes nothing for a slot that has its worker; one that waits to start may no longer be needed.
    for (const slot of engine.cluster.pools.get(load.poolId)?.slots.values() ?? []) if (slot.start) engine.touch(slot.name);
  }
}

function addWorker(engine: Engine, poolName: string): void {
  const pool = engine.cluster.pools.get(poolName);
  const slots = [...(pool?.slots.values() ?? [])].filter(({ isRetired }) => !isRetired).sort((a, b) => a.index - b.index);
  if (pool?.state !== 'started' || slots.length < 2) return;
  const channels = engine.attachedChannels(poolName);
  const index = slotToAdd({
    slots: slots.map(({ serving, start, change }) => {
      const worker = engine.cluster.workers.get(serving);
      if (start || (worker && isPending(worker.record))) return 'pending';
      return worker || change ? 'working' : 'empty';
    }),
    parked: channels.reduce((sum, { parked }) => sum + parked, 0),
    inFlight: channels.reduce((sum, { inFlight }) => sum + inFlight, 0),
  });
  const slot = slots[index];
  if (slot) slot.start = { reason: 'load', notBeforeMs: Math.max(engine.time.now(), slot.backoffUntilMs) };
}

/** An adapter's ping was not answered: the worker is killed; its exit is a failure like any other. */
export function takeUnhealthy(engine: Engine, { poolId, workerId, reason }: listener.InstanceUnhealthy): void {
  const worker = engine.cluster.workers.get(workerId);
  const pool = engine.cluster.pools.get(poolId);
  if (worker?.record.pool !== poolId || !pool?.config.processModel.pingingEnabled) return;
  engine.move(workerId, { name: 'unhealthy', cause: 'WORKER_UNHEALTHY', message: oneLine(reason) });
}
