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
  /** Longest time from the first Handover to the commit, ms. */
  readonly limitMs: number;
  /** Time after which a channel that was not ready is asked again, ms. */
  readonly repeatMs: number;
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
  | { readonly do: 'commit'; readonly inFlight: number }
  | { readonly do: 'rollBack'; readonly cause: string }
  | { readonly do: 'end'; readonly outcome: 'completed' | 'failed'; readonly cause: string }
  | { readonly do: 'wait'; readonly untilMs: number };
