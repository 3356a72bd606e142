import type { StoredChange } from '@baton/store';

/** A change of who serves a slot, while it runs. */
export interface RunningChange {
  readonly stored: StoredChange;
  /** handing: adapters are asked; rolling: what was moved is given back; finishing: committed, the old worker has not ended. */
  readonly phase: 'handing' | 'rolling' | 'finishing';
  /** Why it is given up. */
  readonly rollCause?: string;
}

/** A Handover that was sent and not answered. */
export interface Ask {
  readonly recycleId: string;
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
  /** Hosts that must have reported, or be lost, before a new leader decides anything here. */
  awaiting: Set<string>;
  seats: Map<string, Seat>;
  start: WantedStart | undefined;
  /** Failures in a row: starts that failed, and crashes soon after ready. */
  failures: number;
  /** Crashes in a row, each soon after ready. */
  quickCrashes: number;
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
    awaiting: new Set(),
    seats: new Map(),
    start: undefined,
    failures: 0,
    quickCrashes: 0,
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
