import type { StoredChange } from '@baton/store';

/**
 * How far a change has come.
 *
 * - recovering: a new leader has found it in Redis and not decided what becomes of it.
 * - starting: the replacement of a recycle is not ready.
 * - handing: adapters are asked.
 * - rolling: what was moved is given back.
 * - finishing: committed, the old worker has not ended.
 */
export type ChangePhase = 'recovering' | 'starting' | 'handing' | 'rolling' | 'finishing';

/** A change of who serves a slot, while it runs. */
export interface RunningChange {
  readonly stored: StoredChange;
  readonly phase: ChangePhase;
  /** Unix time at which the phase began, ms. */
  readonly sinceMs: number;
  /** Why it is given up. */
  readonly rollCause?: string;
}

/** A Handover that was sent and not answered. */
export interface Ask {
  readonly recycleId: string;
  readonly from: string;
  readonly to: string;
  readonly sentAtMs: number;
}

/** What the leader knows of one slot on one attached channel. */
export interface Seat {
  /** The worker eligible there; '' = none. */
  who: string;
  ask: Ask | undefined;
  /** The change this channel has answered with done, and what was in flight. */
  done: { readonly changeId: string; readonly inFlight: number } | undefined;
  /** The change this channel has answered with busy. */
  busyFor: string;
  /** notReady was answered then; asked again later. */
  notReadyAtMs: number | undefined;
}

/** A start that is wanted and has not been decided yet. */
export interface WantedStart {
  readonly reason: string;
  readonly notBeforeMs: number;
}

/** A worker says that it is idle. */
export interface Wish {
  readonly workerId: string;
  /** Channels it is connected on, "adapterId/channelId". */
  readonly connected: readonly string[];
}

/** A recycle that was asked for and has not begun. */
export interface NextRecycle {
  /** Of its receipt; the change gets it too. */
  readonly id: string;
  readonly cause: string;
}

/** The end of a worker that served and was not asked to end. */
export interface Crash {
  readonly workerId: string;
  /** What it was started with; absent: unknown. */
  readonly settings: string | undefined;
  /** A code of docs/errors.md and how it ended: "APP_CRASHED: exit code 3". */
  readonly cause: string;
  readonly atMs: number;
}

/** A committed recycle whose old worker drains while the slot goes on. */
export interface Drain {
  /** Of its receipt. */
  readonly id: string;
  readonly from: string;
}

/** One place for a worker of a pool. */
export interface Slot {
  readonly name: string;
  readonly pool: string;
  readonly index: number;
  /** maxProcesses was lowered, or the pool removed: nobody serves it any more. */
  isRetired: boolean;
  /** Id of the worker that should be eligible; '' = none. */
  serving: string;
  change: RunningChange | undefined;
  /** Recycles that are committed and set aside, oldest first: their old workers have nothing more to do with who serves. */
  draining: readonly Drain[];
  /** Begins as soon as no change runs, the serving worker is ready and not too many of the slot drain. */
  next: NextRecycle | undefined;
  /** The recycle that is not wanted any more, unless it is committed; '' = none. */
  calledOff: string;
  /** Hosts that must have reported, or be lost, before a new leader decides anything here. */
  awaiting: Set<string>;
  seats: Map<string, Seat>;
  start: WantedStart | undefined;
  /** Failures in a row: starts that failed, and crashes soon after ready. */
  failures: number;
  /** Crashes in a row, each soon after ready. */
  quickCrashes: number;
  /** The last that this leader has heard of. */
  crash: Crash | undefined;
  /** No start before this time, ms. */
  backoffUntilMs: number;
  /** What its worker asked and nobody answered yet. */
  wish: Wish | undefined;
  /** Highest generation that a host or an adapter reported. */
  reportedGeneration: number;
}

export function newSlot(pool: string, index: number): Slot {
  return {
    name: `${pool}/${index}`,
    pool,
    index,
    isRetired: false,
    serving: '',
    change: undefined,
    draining: [],
    next: undefined,
    calledOff: '',
    awaiting: new Set(),
    seats: new Map(),
    start: undefined,
    failures: 0,
    quickCrashes: 0,
    crash: undefined,
    backoffUntilMs: 0,
    wish: undefined,
    reportedGeneration: 0,
  };
}

/** What is known of the slot on a channel; nobody is eligible there until somebody says so. */
export function seatOf(slot: Slot, ref: string): Seat {
  let seat = slot.seats.get(ref);
  if (!seat) {
    seat = { who: '', ask: undefined, done: undefined, busyFor: '', notReadyAtMs: undefined };
    slot.seats.set(ref, seat);
  }
  return seat;
}

/** A recycle without overlap was committed and the old worker has not ended: work is parked, and nobody may start. */
export function isParked({ change }: Pick<Slot, 'change'>): boolean {
  return change?.phase === 'finishing' && change.stored.kind === 'park';
}
