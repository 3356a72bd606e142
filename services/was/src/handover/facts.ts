import type { Channel } from '../cluster/channel.ts';
import type { RunningChange, Seat } from '../cluster/slot.ts';

/** One channel of the slot's pool with what is known of the slot there. */
export interface ChannelSeat {
  readonly ref: string;
  readonly presence: Channel['presence'];
  readonly seat: Readonly<Seat>;
}

/** What a step of a running change is decided from. */
export interface ChangeFacts {
  readonly now: number;
  readonly change: RunningChange;
  /** Saved channels of the pool. */
  readonly channels: readonly ChannelSeat[];
  /** The worker is known to have ended, or no host answers for it. */
  readonly isGone: (workerId: string) => boolean;
  /** Until then an old worker without a host has time for what it has begun; 0: it has a host or has ended, or nothing is known to be left. */
  readonly drainsUntilMs: number;
  /** How it ended, in a few words. */
  readonly endOf: (workerId: string) => string;
  /** The replacement of a recycle, while it is alive; where work was parked, the next worker. */
  readonly replacement: Replacement | undefined;
  /** Who serves the slot: where work was parked, the next worker once its start is decided; '' = nobody. */
  readonly next: string;
  /** A recycle was asked for, which an idle-out would keep waiting. */
  readonly isRecycleWanted: boolean;
  /** Unix time at which the phase is given up, ms. */
  readonly deadlineMs: number;
  /** The limit that this is, for people: "startupTimeLimit (90000 ms)". */
  readonly limit: string;
  /** Time after which a channel that was not ready is asked again, ms. */
  readonly repeatMs: number;
}

/** What is known of the worker that is to take over. */
export interface Replacement {
  /** Connected and preloaded, as its host says. */
  readonly isReady: boolean;
  /** A host answers for its process, and its end was not decided. */
  readonly isRunning: boolean;
  /** "adapterId/channelId" it is connected on. */
  readonly connected: ReadonlySet<string>;
  /** What it waits for, in a few words. */
  readonly lacks: string;
}

/** A Handover to send on one channel. */
export interface SendHandover {
  readonly do: 'send';
  readonly ref: string;
  readonly recycleId: string;
  readonly from: string;
  readonly to: string;
  readonly onlyIfIdle: boolean;
}

/** What a running change needs next. */
export type HandoverStep =
  | SendHandover
  /** What a new leader has found goes on from here. */
  | { readonly do: 'resume' }
  /** The replacement is ready: adapters are asked from now on. */
  | { readonly do: 'handOver' }
  | { readonly do: 'commit'; readonly inFlight: number }
  /** The slot is empty: the next worker is started. */
  | { readonly do: 'startNext' }
  | { readonly do: 'rollBack'; readonly cause: string }
  | { readonly do: 'end'; readonly outcome: 'completed' | 'failed'; readonly cause: string }
  | { readonly do: 'wait'; readonly untilMs: number };
