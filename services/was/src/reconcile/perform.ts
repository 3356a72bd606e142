import { control, create, listener } from '@baton/proto';
import type { StoredChange, StoredWorker } from '@baton/store';
import { channelsOf } from '../cluster/cluster.ts';
import { type Slot, seatOf } from '../cluster/slot.ts';
import { newWorker } from '../cluster/worker.ts';
import type { SendHandover } from '../handover/facts.ts';
import type { WorkerRecord } from '../worker/record.ts';
import type { Action } from './actions.ts';
import type { Engine } from './engine.ts';

type Of<D extends Action['do']> = Extract<Action, { do: D }>;
type Performer<D extends Action['do']> = (engine: Engine, slot: Slot, action: Of<D>) => Promise<void> | void;

/** Carries out one decided action. What it writes is in Redis before memory says so. */
export async function perform(engine: Engine, slot: Slot, action: Action): Promise<void> {
  await (PERFORMERS[action.do] as Performer<Action['do']>)(engine, slot, action);
}

const PERFORMERS: { readonly [D in Action['do']]: Performer<D> } = {
  wait: () => {},

  release: async (engine, slot, { start }) => {
    const old = slot.serving;
    if (old !== '') await engine.fenced((store) => store.setServing(slot.name, ''));
    slot.serving = '';
    slot.backoffUntilMs = engine.time.now() + (start?.delayMs ?? 0);
    slot.start = start ? { reason: start.reason, notBeforeMs: slot.backoffUntilMs } : undefined;
    slot.wish = undefined;
    const isAlive = engine.cluster.workers.has(old) && engine.cluster.workers.get(old)!.record.state !== 'orphaned';
    // A dead worker is eligible nowhere: adapters drop it when they hear of its end. A living one still has to be handed over.
    if (!isAlive) for (const seat of slot.seats.values()) if (seat.who === old) seat.who = '';
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
  },

  place: (engine, _, { workerId, hostId }) => {
    engine.move(workerId, { name: 'placed', host: hostId });
  },

  move: (engine, slot, { workerId, event, cause }) => {
    const worker = engine.cluster.workers.get(workerId);
    if (worker && event === 'noHost') {
      worker.waitsFor = cause;
      engine.tellFailing(slot.pool, { code: 'NO_HOST', cause });
    }
    engine.move(workerId, { name: event, ...(cause === '' ? {} : { cause }) });
  },

  handover: (engine, slot, { step }) => send(engine, slot, step),

  beginIdleOut: async (engine, slot, { workerId, needs }) => {
    slot.wish = undefined;
    const stored: StoredChange = {
      id: engine.newRecycleId('idle'),
      kind: 'idle',
      slot: slot.name,
      from: workerId,
      to: '',
      cause: 'idle',
      beganAtMs: engine.time.now(),
      needs,
      isCommitted: false,
      inFlight: 0,
    };
    await engine.fenced((store) => store.beginChange(stored));
    slot.change = { stored, phase: 'handing' };
  },

  denyWish: (engine, slot, { workerId, reason }) => {
    slot.wish = undefined;
    answerWish(engine, workerId, false, reason);
  },

  commit: async (engine, slot, { inFlight }) => {
    const running = slot.change;
    if (!running) return;
    const stored = { ...running.stored, isCommitted: true, inFlight };
    const isCommitted = await engine.fenced((store) => store.commitChange(stored));
    if (!isCommitted) {
      slot.change = undefined;
      return;
    }
    slot.change = { stored, phase: 'finishing' };
    slot.serving = stored.to;
    untellPermissions(engine, slot);
    answerWish(engine, stored.from, true, '');
    engine.events.tell({
      type: 'worker.idle-out',
      message: `worker ${stored.from} of ${slot.name} was idle and goes`,
      pool: slot.pool,
      slot: slot.name,
      worker: stored.from,
      cause: stored.cause,
    });
  },

  rollBack: (engine, slot, { cause }) => {
    if (!slot.change) return;
    slot.change = { ...slot.change, phase: 'rolling', rollCause: cause };
    // The worker dials further channels only after this answer, and giving work back may need one of them.
    answerWish(engine, slot.change.stored.from, false, cause);
  },

  endChange: async (engine, slot, { outcome, cause }) => {
    const running = slot.change;
    if (!running) return;
    await engine.fenced((store) => store.endChange(running.stored));
    slot.change = undefined;
    if (outcome === 'failed') {
      if (running.phase === 'handing') answerWish(engine, running.stored.from, false, cause);
      engine.log.info(
        { slot: slot.name, change: running.stored.id, cause },
        `the ${running.stored.kind} change of ${slot.name} is off: ${cause}`,
      );
    }
  },

  order: (engine, slot, { workerId, verb }) => engine.orders.give(engine, slot, workerId, verb),

  connect: (engine, slot, { workerId, refs }) => engine.orders.connect(engine, slot, workerId, refs),
};

/** All permissions are sent again whenever nobody serves. */
function untellPermissions(engine: Engine, slot: Slot): void {
  for (const channel of channelsOf(engine.cluster, slot.pool)) channel.isPermissionTold = false;
}

function send(engine: Engine, slot: Slot, { ref, recycleId, from, to, onlyIfIdle }: SendHandover): void {
  const channel = engine.cluster.channels.get(ref);
  if (!channel) return;
  const seat = seatOf(slot, ref);
  seat.ask = { recycleId, to, sentAtMs: engine.time.now() };
  const value = create(listener.HandoverSchema, {
    recycleId,
    poolId: slot.pool,
    channelId: channel.channelId,
    slot: slot.name,
    fromWorkerId: from,
    toWorkerId: to,
    onlyIfIdle,
  });
  engine.adapters.send(channel.adapterId, { case: 'handover', value });
}

function answerWish(engine: Engine, workerId: string, granted: boolean, reason: string): void {
  const worker = engine.cluster.workers.get(workerId);
  if (!worker) return;
  const value = create(control.WishAnswerSchema, { workerId, kind: control.WishKind.IDLE_OUT, granted, reason });
  engine.hosts.send(worker.record.host, { case: 'wishAnswer', value });
}
