import { findSlot, hasWork } from '../cluster/cluster.ts';
import { entriesOf } from '../cluster/pool.ts';
import type { Slot } from '../cluster/slot.ts';
import type { Worker } from '../cluster/worker.ts';
import { LIMITS } from '../limits.ts';
import { oneLine } from '../one-line.ts';
import { countFailure } from '../reconcile/backoff.ts';
import type { Engine } from '../reconcile/engine.ts';
import { endIn } from '../reconcile/graves.ts';
import type { WorkerRecord } from './record.ts';
import type { Effect } from './states.ts';
import type { WorkerEvent } from './transition.ts';

/** A move that was made: what the effects are about. */
export interface Move {
  readonly worker: Worker;
  readonly before: WorkerRecord;
  readonly event: WorkerEvent;
}

/** Carries out the effects of a move, in order. Writes are queued behind earlier ones of the slot; everything else happens now. */
export function carryOut(engine: Engine, move: Move, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.startsWith('event ')) announce(engine, move, effect.slice('event '.length));
    else ACTIONS[effect as keyof typeof ACTIONS](engine, move);
  }
}

type Action = (engine: Engine, move: Move) => void;

const ACTIONS: Readonly<Record<Exclude<Effect, `event ${string}`>, Action>> = {
  save: (engine, { worker: { record } }) => engine.write(record.slot, (store) => store.saveWorker(record)),
  forget: (engine, { worker: { record }, event }) => {
    engine.write(record.slot, (store) => store.forgetWorker(record.id));
    engine.cluster.workers.delete(record.id);
    const isPlanned = record.state === 'gone';
    const message = isPlanned ? '' : oneLine(event.message ?? '');
    engine.graves.add(record.id, { slot: record.slot, cause: record.cause ?? '', message, isPlanned });
  },
  order: (_, { worker }) => {
    worker.lastOrder = undefined;
  },
  tellGone: (engine, { worker: { record } }) => engine.tellGone(record),
  avoidHost: (engine, { before }) => {
    const pool = engine.cluster.pools.get(before.pool);
    engine.cluster.hosts.get(before.host)?.avoid.set(pool ? entriesOf(pool) : '', engine.time.now() + LIMITS.avoidHostMs);
  },
  countFailure: (engine, move) => fail(engine, move),
  clearFailures: (engine, { worker }) => {
    if (worker.readyAtMs === undefined) engine.tracer.endStart(worker, undefined, engine.time.now());
    worker.readyAtMs = engine.time.now();
    if (worker.record.role === 'activation') {
      engine.figures.activated(worker.record.pool, worker.view.isFromSpare, engine.time.now() - worker.record.decidedAtMs);
    }
    const slot = findSlot(engine.cluster, worker.record.slot);
    if (slot && slot.quickCrashes === 0) slot.failures = 0;
    engine.tellFailing(worker.record.pool, undefined);
  },
};

/** A worker that was on its way out already fails nobody's start; every other failure delays the next one and is told. */
function fail(engine: Engine, { worker, before, event }: Move): void {
  const slot = findSlot(engine.cluster, worker.record.slot);
  const wasLeaving = before.state === 'draining' || (before.state === 'stopping' && !before.isForced);
  if (!slot || wasLeaving || before.state === 'orphaned') return;
  const code = worker.record.cause ?? 'APP_CRASHED';
  const now = engine.time.now();
  if (worker.readyAtMs === undefined) engine.tracer.endStart(worker, code, now);
  if (code === 'ENTRY_NOT_FOUND') ACTIONS.avoidHost(engine, { worker, before, event });
  if (isReplacement(slot, worker)) {
    // Its recycle fails, and the old worker serves on: nothing waits for another start.
    engine.figures.failed(slot.pool, code, now);
    return;
  }
  if (slot.serving === worker.record.id) {
    const cause = endIn({ cause: code, message: oneLine(event.message ?? '') });
    slot.crash = { workerId: worker.record.id, settings: worker.record.settings, cause, atMs: now };
  }
  const readyForMs = worker.readyAtMs === undefined ? undefined : now - worker.readyAtMs;
  const counted = countFailure(slot, { readyForMs }, LIMITS);
  slot.failures = counted.failures;
  slot.quickCrashes = counted.quickCrashes;
  engine.figures.failed(slot.pool, code, now);
  const isFailing = slot.failures > 0 || (readyForMs === undefined && hasWork(engine.cluster, slot.pool));
  if (isFailing) engine.tellFailing(slot.pool, { code, cause: event.message ?? code });
}

/** It was to take over from the serving worker, and has not. */
function isReplacement(slot: Slot, { record }: Worker): boolean {
  return record.role !== 'activation' && slot.serving !== record.id;
}

function announce(engine: Engine, { worker, before, event }: Move, type: string): void {
  const { record } = worker;
  engine.events.tell({
    type,
    message: sentence(engine, worker, before, event, type),
    pool: record.pool,
    slot: record.slot,
    worker: record.id,
    generation: record.generation,
    ...(record.host || before.host ? { host: record.host || before.host } : {}),
    cause: causeOf(record, event),
  });
}

/** A worker that did not reach every attached channel in time serves where it is connected, and operators hear where it is not. */
function lack(engine: Engine, { record, view }: Worker, { name }: WorkerEvent): string {
  if (name !== 'partlyConnected') return '';
  const missing = engine.attachedChannels(record.pool).filter(({ ref }) => !view.connected.has(ref));
  return `, but startupTimeLimit passed without a connection on ${missing.map(({ ref }) => ref).join(', ') || 'every channel'}`;
}

/** Why it ends or waits; before that, why it was started. */
function causeOf({ cause, reason }: WorkerRecord, event: WorkerEvent): string {
  if (event.name === 'hostLost') return 'host-lost';
  if (event.name === 'missing') return 'host-forgot';
  return cause || event.cause || reason;
}

function sentence(engine: Engine, worker: Worker, before: WorkerRecord, event: WorkerEvent, type: string): string {
  const { record, view } = worker;
  const name = `worker ${record.id} of ${record.slot} (generation ${record.generation})`;
  const why = event.message ?? record.cause ?? event.cause ?? '';
  switch (type) {
    case 'worker.placing':
      return `${name} waits: ${event.cause}`;
    case 'worker.starting':
      return `${name} starts on ${record.host} (${record.reason})`;
    case 'worker.refused':
      return `${name} was refused by ${before.host}: ${event.cause}`;
    case 'worker.ready':
      return `${name} is ready after ${engine.time.now() - record.decidedAtMs} ms (${view.isFromSpare ? 'spare' : 'cold'}, ${record.reason})${lack(engine, worker, event)}`;
    case 'worker.stopping':
      return `${name} is told to stop (${record.cause})`;
    case 'worker.killed':
      return `${name} is killed: ${record.cause}${event.message ? `: ${event.message}` : ''}`;
    case 'worker.exited':
      return `${name} is gone (${record.cause ?? 'unasked'})${event.message ? `: ${event.message}` : ''}`;
    case 'worker.failed':
      return `${name} failed: ${why}`;
    case 'worker.orphaned':
      return `${name} has no host any more: ${event.name === 'hostLost' ? `${record.host} is lost` : `${record.host} does not know it`}`;
    default:
      return `${name} is back on ${record.host}`;
  }
}
