import type { WorkerRecord } from './record.ts';
import { type Effect, STATE_MEANINGS, type WorkerEventName, type WorkerState } from './states.ts';

/** An event with what it says about the worker. */
export interface WorkerEvent {
  readonly name: WorkerEventName;
  /** placed, seen and the other reports: the host that has it. */
  readonly host?: string;
  /** Why it stops or has ended: a cause such as "idle", or a code of docs/errors.md. */
  readonly cause?: string;
  /** stopWanted: how long what was begun may take, where that is not shutdownTimeLimit, ms. */
  readonly limitMs?: number;
  /** One line for an operator: how it ended. */
  readonly message?: string;
}

/** One row of the table. */
export interface Row {
  readonly next: WorkerState;
  readonly effects: readonly Effect[];
}

const row = (next: WorkerState, ...effects: Effect[]): Row => ({ next, effects });

const DIES = {
  exitedPlanned: row('gone', 'tellGone', 'forget', 'event worker.exited'),
  exitedFailed: row('failed', 'tellGone', 'countFailure', 'forget', 'event worker.failed'),
} as const;
const IS_KILLED = row('stopping', 'save', 'order', 'event worker.killed');
const IS_STOPPED = row('draining', 'save', 'order', 'event worker.stopping');
const IS_ORPHANED = row('orphaned', 'save', 'event worker.orphaned');
const CONFIRMS_STOP = row('stopping', 'save');
const IS_READY = row('ready', 'save', 'clearFailures', 'event worker.ready');

/**
 * The life of a worker: state × event → next state and effects. An event without a row is refused: it changes nothing.
 *
 * - Reports of a host are the truth about the process; a report may skip states (a new leader hears only the last).
 * - Who serves a slot is not decided here but in reconcile/: this table is about one process.
 */
export const TABLE: Readonly<Record<WorkerState, Partial<Record<WorkerEventName, Row>>>> = {
  placing: {
    placed: row('starting', 'save', 'order', 'event worker.starting'),
    noHost: row('placing', 'event worker.placing'),
    seen: row('starting', 'save'),
    listening: row('connecting', 'save'),
    connected: IS_READY,
    stopReported: CONFIRMS_STOP,
    ...DIES,
    stopWanted: row('gone', 'forget'),
    rejected: row('placing', 'save'),
  },
  starting: {
    refused: row('placing', 'avoidHost', 'save', 'event worker.refused'),
    seen: row('starting'),
    listening: row('connecting', 'save'),
    connected: IS_READY,
    stopReported: CONFIRMS_STOP,
    ...DIES,
    startLimit: IS_KILLED,
    unhealthy: IS_KILLED,
    stopWanted: IS_STOPPED,
    hostLost: IS_ORPHANED,
    missing: row('starting', 'order'),
    rejected: row('starting', 'save'),
  },
  connecting: {
    seen: row('connecting'),
    listening: row('connecting'),
    connected: IS_READY,
    partlyConnected: IS_READY,
    stopReported: CONFIRMS_STOP,
    ...DIES,
    startLimit: IS_KILLED,
    unhealthy: IS_KILLED,
    stopWanted: IS_STOPPED,
    hostLost: IS_ORPHANED,
    missing: IS_ORPHANED,
    rejected: row('connecting', 'save'),
  },
  ready: {
    seen: row('ready'),
    listening: row('ready'),
    connected: row('ready'),
    stopReported: CONFIRMS_STOP,
    ...DIES,
    unhealthy: IS_KILLED,
    stopWanted: IS_STOPPED,
    hostLost: IS_ORPHANED,
    missing: IS_ORPHANED,
    rejected: row('ready', 'save'),
  },
  draining: {
    seen: row('draining'),
    listening: row('draining'),
    connected: row('draining'),
    stopReported: CONFIRMS_STOP,
    ...DIES,
    unhealthy: IS_KILLED,
    hostLost: IS_ORPHANED,
    missing: IS_ORPHANED,
  },
  stopping: {
    seen: row('stopping'),
    listening: row('stopping'),
    connected: row('stopping'),
    stopReported: row('stopping'),
    ...DIES,
    stopLimit: IS_KILLED,
    hostLost: IS_ORPHANED,
    missing: IS_ORPHANED,
  },
  gone: {},
  failed: {},
  orphaned: {
    seen: row('starting', 'save', 'event worker.returned'),
    listening: row('connecting', 'save', 'event worker.returned'),
    connected: row('ready', 'save', 'event worker.returned'),
    stopReported: row('stopping', 'save', 'event worker.returned'),
    ...DIES,
    rejected: row('orphaned', 'save'),
    expired: row('gone', 'forget', 'event worker.exited'),
  },
};

/** Where the event leads, and what is to be done; undefined: it is refused. */
export function transition(
  worker: WorkerRecord,
  event: WorkerEvent,
  now: number,
): { worker: WorkerRecord; effects: readonly Effect[] } | undefined {
  const found = TABLE[worker.state][event.name];
  if (!found) return undefined;
  const changed = change(worker, event, now);
  const sinceMs = found.next === worker.state ? worker.sinceMs : now;
  return { worker: { ...changed, state: found.next, sinceMs }, effects: found.effects };
}

const KILLS: ReadonlySet<WorkerEventName> = new Set(['startLimit', 'stopLimit', 'unhealthy']);

/** What an event changes besides the state. The first cause of an end wins. */
function change(worker: WorkerRecord, { name, host, cause, limitMs }: WorkerEvent, now: number): WorkerRecord {
  if (name === 'refused') return { ...worker, host: '' };
  // Why it waits is not why it will stop.
  if (name === 'noHost') return worker;
  const located = host === undefined || host === worker.host ? worker : { ...worker, host };
  const caused = cause === undefined || located.cause !== undefined ? located : { ...located, cause };
  if (name === 'rejected') return { ...worker, isRejected: true };
  const isForced = KILLS.has(name);
  if (isForced || name === 'stopWanted') {
    const limited = limitMs === undefined ? {} : { stopLimitMs: limitMs };
    return { ...caused, stopDecidedAtMs: caused.stopDecidedAtMs ?? now, ...limited, ...(isForced ? { isForced } : {}) };
  }
  return caused;
}

/** The states that nothing leaves. */
export const FINAL_STATES = (Object.keys(STATE_MEANINGS) as WorkerState[]).filter((state) => Object.keys(TABLE[state]).length === 0);
