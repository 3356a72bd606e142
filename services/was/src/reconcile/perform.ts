import { createProofKeys } from '@baton/channel';
import { create, listener } from '@baton/proto';
import type { StoredWorker } from '@baton/store';
import { channelsOf } from '../cluster/cluster.ts';
import { type Slot, seatOf } from '../cluster/slot.ts';
import { newWorker } from '../cluster/worker.ts';
import type { SendHandover } from '../handover/facts.ts';
import { followMove } from '../recycle/follow.ts';
import { settingsIn } from '../rollout/settings.ts';
import { isLost, type WorkerRecord } from '../worker/record.ts';
import type { Action } from './actions.ts';
import type { Engine } from './engine.ts';
import { CHANGE_PERFORMERS } from './perform-change.ts';
import { type Performer, untellPermissions } from './performer.ts';
import { answerWish } from './wish-answer.ts';

/** Carries out one decided action. What it writes is in Redis before memory says so. */
export async function perform(engine: Engine, slot: Slot, action: Action): Promise<void> {
  await (PERFORMERS[action.do] as Performer<Action['do']>)(engine, slot, action);
}

const PERFORMERS: { readonly [D in Action['do']]: Performer<D> } = {
  ...CHANGE_PERFORMERS,

  wait: () => {},

  release: async (engine, slot, { start }) => {
    const old = slot.serving;
    if (old !== '') await engine.fenced((store) => store.setServing(slot.name, ''));
    slot.serving = '';
    slot.backoffUntilMs = engine.time.now() + (start?.delayMs ?? 0);
    slot.start = start ? { reason: start.reason, notBeforeMs: slot.backoffUntilMs } : undefined;
    slot.wish = undefined;
    // A dead worker is eligible nowhere: adapters drop it when they hear of its end. A living one still has to be handed over, and so has
    // one whose host is lost: it may serve on.
    if (!engine.cluster.workers.has(old)) for (const seat of slot.seats.values()) if (seat.who === old) seat.who = '';
    untellPermissions(engine, slot);
  },

  adopt: async (engine, slot, { workerId }) => {
    await engine.fenced((store) => store.setServing(slot.name, workerId));
    slot.serving = workerId;
    slot.start = undefined;
    const worker = engine.cluster.workers.get(workerId);
    if (worker) worker.isAdopted = false;
    engine.log.info({ slot: slot.name, worker: workerId }, `worker ${workerId} serves ${slot.name}: it was running already`);
  },

  want: (engine, slot, { reason }) => {
    slot.start = { reason, notBeforeMs: Math.max(engine.time.now(), slot.backoffUntilMs) };
  },

  unwant: (engine, slot) => {
    slot.start = undefined;
    untellPermissions(engine, slot);
  },

  start: async (engine, slot, { reason }) => {
    const now = engine.time.now();
    const id = `w${++engine.cluster.workerNumber}`;
    const decided: Omit<StoredWorker, 'generation'> = {
      id,
      pool: slot.pool,
      slot: slot.name,
      state: 'placing',
      host: '',
      role: 'activation',
      reason,
      ...settingsIn(engine.cluster, slot.pool),
      proofKeys: createProofKeys(),
      decidedAtMs: now,
      sinceMs: now,
    };
    const saved = await engine.fenced((store) => store.allocateWorker(decided, slot.reportedGeneration, true, engine.cluster.workerNumber));
    engine.cluster.workers.set(id, newWorker(saved as WorkerRecord));
    slot.start = undefined;
    slot.serving = id;
    // Nobody was eligible where nobody is; the activation becomes eligible there by itself.
    for (const { ref } of channelsOf(engine.cluster, slot.pool)) {
      const seat = seatOf(slot, ref);
      if (seat.who === '') seat.who = id;
    }
    followMove(engine, saved as WorkerRecord);
  },

  place: (engine, _, { workerId, hostId }) => {
    engine.move(workerId, { name: 'placed', host: hostId });
  },

  move: (engine, slot, { workerId, event, cause, limitMs }) => {
    const worker = engine.cluster.workers.get(workerId);
    if (worker && event === 'noHost') {
      worker.waitsFor = cause;
      if (isWaitedFor(engine, slot, workerId)) engine.tellFailing(slot.pool, { code: 'NO_HOST', cause });
    }
    engine.move(workerId, { name: event, ...(cause === '' ? {} : { cause }), ...(limitMs === undefined ? {} : { limitMs }) });
  },

  handover: (engine, slot, { step }) => send(engine, slot, step),

  denyWish: (engine, slot, { workerId, reason }) => {
    slot.wish = undefined;
    answerWish(engine, workerId, 'idle', false, reason);
  },

  order: (engine, slot, { workerId, verb }) => engine.orders.give(engine, slot, workerId, verb),

  connect: (engine, slot, { workerId, refs }) => engine.orders.connect(engine, slot, workerId, refs),
};

/** Work needs it to start: nobody else serves its slot. The start of a replacement whose old worker serves on holds nothing up. */
function isWaitedFor({ cluster }: Engine, { serving }: Slot, workerId: string): boolean {
  const other = serving === workerId ? undefined : cluster.workers.get(serving);
  return !other || isLost(other.record);
}

function send(engine: Engine, slot: Slot, { ref, recycleId, from, to, onlyIfIdle }: SendHandover): void {
  const channel = engine.cluster.channels.get(ref);
  if (!channel) return;
  const seat = seatOf(slot, ref);
  seat.ask = { recycleId, from, to, sentAtMs: engine.time.now() };
  const value = create(listener.HandoverSchema, {
    recycleId,
    poolId: slot.pool,
    channelId: channel.channelId,
    slot: slot.name,
    fromWorkerId: from,
    toWorkerId: to,
    onlyIfIdle,
    traceparent: engine.receipts.get(recycleId)?.traceparent ?? '',
  });
  engine.adapters.send(channel.registration, { case: 'handover', value });
}
