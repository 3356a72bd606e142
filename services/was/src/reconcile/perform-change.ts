import { createProofKeys } from '@baton/channel';
import type { StoredChange, StoredWorker } from '@baton/store';
import type { ChangePhase, Slot } from '../cluster/slot.ts';
import { newWorker } from '../cluster/worker.ts';
import { drainLimitOf } from '../recycle/drain-limit.ts';
import { FAILURES } from '../recycle/failures.ts';
import { noteBegun, noteNew, notePhase } from '../recycle/receipt.ts';
import { endReceipt, withResult } from '../recycle/reports.ts';
import { requestRecycle } from '../recycle/request.ts';
import { settingsIn } from '../rollout/settings.ts';
import { isLive, type WorkerRecord } from '../worker/record.ts';
import type { Engine } from './engine.ts';
import { type Performer, untellPermissions } from './performer.ts';
import { answerWish } from './wish-answer.ts';

type Verbs =
  | 'beginIdleOut'
  | 'askRecycle'
  | 'beginRecycle'
  | 'dropRecycle'
  | 'resume'
  | 'handOver'
  | 'commit'
  | 'setAside'
  | 'endDrain'
  | 'rollBack'
  | 'endChange';

/** What a change of who serves a slot asks for. The commit and every other fact of it is in Redis before memory says so. */
export const CHANGE_PERFORMERS: { readonly [D in Verbs]: Performer<D> } = {
  beginIdleOut: async (engine, slot, { workerId, needs }) => {
    slot.wish = undefined;
    const stored = newChange(engine, slot, { id: engine.newRecycleId('idle'), kind: 'idle', from: workerId, cause: 'idle', needs });
    await engine.fenced((store) => store.beginChange(stored));
    enter(engine, slot, stored, 'handing');
  },

  askRecycle: (engine, slot, { workerId, mark, request }) => {
    engine.cluster.workers.get(workerId)?.askedFor.add(mark);
    requestRecycle(engine, slot.name, request);
  },

  beginRecycle: async (engine, slot, { isParking }) => {
    const next = slot.next;
    const old = engine.cluster.workers.get(slot.serving)?.record;
    if (!next || !old) return;
    const kind = isParking ? 'park' : 'replace';
    const to = isParking ? '' : `w${++engine.cluster.workerNumber}`;
    const stored = newChange(engine, slot, { id: next.id, kind, from: old.id, to, cause: next.cause });
    const running = isParking ? await engine.fenced((store) => store.beginChange(stored)) : await allocate(engine, slot, stored);
    if (running !== '') {
      slot.next = undefined;
      endReceipt(engine, next.id, 'failed', FAILURES.anotherChange);
      return;
    }
    slot.next = undefined;
    engine.receipts.change(next.id, (receipt) => noteBegun(receipt, old, isParking ? 'handover' : 'placing', stored.beganAtMs));
    const replacement = engine.cluster.workers.get(to)?.record;
    if (replacement) engine.receipts.change(next.id, (receipt) => noteNew(receipt, replacement));
    enter(engine, slot, stored, isParking ? 'handing' : 'starting');
    const { reason = '', requestedBy = '' } = engine.receipts.get(next.id) ?? {};
    engine.events.tell({
      type: 'recycle.begun',
      message: `recycle ${stored.id} of ${slot.name}: worker ${old.id} is replaced${to && ` by ${to}`} (${next.cause}, ${requestedBy}${reason && `: ${reason}`})`,
      ...about(slot, stored),
    });
  },

  dropRecycle: (engine, slot, { cause }) => {
    if (slot.next) endReceipt(engine, slot.next.id, 'failed', cause);
    slot.next = undefined;
  },

  resume: (engine, slot) => {
    if (slot.change) enter(engine, slot, slot.change.stored, 'starting');
  },

  handOver: (engine, slot) => {
    if (!slot.change) return;
    enter(engine, slot, slot.change.stored, 'handing');
    engine.receipts.change(slot.change.stored.id, (receipt) => notePhase(receipt, 'handover', engine.time.now()));
  },

  commit: async (engine, slot, { inFlight }) => {
    const running = slot.change;
    if (!running) return;
    const stored = { ...running.stored, isCommitted: true, inFlight };
    const isCommitted = await engine.fenced((store) => store.commitChange(stored));
    if (!isCommitted) {
      endReceipt(engine, stored.id, 'failed', 'Redis does not know it any more');
      slot.change = undefined;
      return;
    }
    enter(engine, slot, stored, 'finishing');
    slot.serving = stored.to;
    if (stored.to === '') untellPermissions(engine, slot);
    if (stored.kind === 'idle') tellIdleOut(engine, slot, stored);
    else {
      const drainLimitMs = drainLimitOf(engine.cluster.pools.get(slot.pool)!.config, stored.kind);
      engine.receipts.change(stored.id, (receipt) => ({ ...notePhase(receipt, 'draining', engine.time.now()), drainLimitMs }));
      const who = stored.to === '' ? 'work is parked' : `${stored.to} serves`;
      const message = `recycle ${stored.id} of ${slot.name} is committed: ${who}, ${inFlight} requests stay with ${stored.from}`;
      engine.events.tell({ type: 'recycle.committed', message, ...about(slot, stored), inFlight });
    }
  },

  setAside: async (engine, slot) => {
    const running = slot.change;
    if (!running) return;
    const { stored } = running;
    // With it the receipt is written, by which another leader finds the drain.
    await engine.fenced((store) => store.endChange(stored, engine.receipts.get(stored.id)));
    slot.change = undefined;
    slot.draining = [...slot.draining, { id: stored.id, from: stored.from }];
    engine.log.info(
      { slot: slot.name, change: stored.id, worker: stored.from },
      `worker ${stored.from} of ${slot.name} drains beside its successors`,
    );
  },

  endDrain: (engine, slot, { id }) => {
    slot.draining = slot.draining.filter((drain) => drain.id !== id);
    endReceipt(engine, id, 'completed', '');
  },

  rollBack: (engine, slot, { cause }) => {
    if (!slot.change) return;
    const { stored } = slot.change;
    slot.change = { ...slot.change, phase: 'rolling', sinceMs: engine.time.now(), rollCause: cause };
    engine.move(stored.to, { name: 'rejected' });
    // The worker dials further channels only after this answer, and giving work back may need one of them.
    if (stored.kind === 'idle') answerWish(engine, stored.from, 'idle', false, cause);
    engine.log.info({ slot: slot.name, change: stored.id, cause }, `the ${stored.kind} change of ${slot.name} is rolled back: ${cause}`);
  },

  endChange: async (engine, slot, { outcome, cause }) => {
    const running = slot.change;
    if (!running) return;
    const { stored } = running;
    if (outcome === 'failed') await reject(engine, stored.to);
    const successor = engine.cluster.workers.get(slot.serving)?.record;
    if (stored.kind === 'park' && successor) engine.receipts.change(stored.id, (receipt) => noteNew(receipt, successor));
    await engine.fenced((store) => store.endChange(stored, withResult(engine, stored.id, outcome, cause)));
    slot.change = undefined;
    if (stored.kind !== 'idle') {
      endReceipt(engine, stored.id, outcome, cause);
    } else if (outcome === 'failed') {
      if (running.phase === 'handing') answerWish(engine, stored.from, 'idle', false, cause);
      engine.log.info({ slot: slot.name, change: stored.id, cause }, `the idle-out of ${slot.name} is off: ${cause}`);
    }
  },
};

/** The replacement of a failed recycle is not taken on by anybody, also not after the death of the old worker: that is in Redis first. */
async function reject(engine: Engine, workerId: string): Promise<void> {
  engine.move(workerId, { name: 'rejected' });
  const record = engine.cluster.workers.get(workerId)?.record;
  if (record && isLive(record)) await engine.fenced((store) => store.saveWorker(record));
}

/** Allocates the replacement and begins the change in one step; returns the id of another change that runs. */
async function allocate(engine: Engine, slot: Slot, stored: StoredChange): Promise<string> {
  const decided: Omit<StoredWorker, 'generation'> = {
    id: stored.to,
    pool: slot.pool,
    slot: slot.name,
    state: 'placing',
    host: '',
    role: `replacement:${stored.id}`,
    reason: 'recycle',
    ...settingsIn(engine.cluster, slot.pool),
    proofKeys: createProofKeys(),
    decidedAtMs: stored.beganAtMs,
    sinceMs: stored.beganAtMs,
  };
  const { workerNumber } = engine.cluster;
  const begun = await engine.fenced((store) => store.beginRecycle(stored, decided, slot.reportedGeneration, workerNumber));
  if (begun.running !== undefined) return begun.running;
  engine.cluster.workers.set(stored.to, newWorker(begun.replacement as WorkerRecord));
  return '';
}

type NewChange = Pick<StoredChange, 'id' | 'kind' | 'from' | 'cause'> & Partial<Pick<StoredChange, 'to' | 'needs'>>;

function newChange(engine: Engine, slot: Slot, change: NewChange): StoredChange {
  return { to: '', needs: [], ...change, slot: slot.name, beganAtMs: engine.time.now(), isCommitted: false, inFlight: 0 };
}

function enter(engine: Engine, slot: Slot, stored: StoredChange, phase: ChangePhase): void {
  slot.change = { stored, phase, sinceMs: engine.time.now() };
}

function about({ name, pool }: Slot, { id, from, to, cause }: StoredChange) {
  return { pool, slot: name, recycle: id, from, to, cause };
}

function tellIdleOut(engine: Engine, slot: Slot, { from, cause }: StoredChange): void {
  answerWish(engine, from, 'idle', true, '');
  const message = `worker ${from} of ${slot.name} was idle and goes`;
  engine.events.tell({ type: 'worker.idle-out', message, pool: slot.pool, slot: slot.name, worker: from, cause });
}
