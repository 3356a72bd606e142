/**
 * Drain, resume and leaving as a table, seen from the adapter (handover.md, "Hand-over" 1 and "Draining").
 *
 * - serving: opens may be sent. drained: a drain frame follows the last open. resuming: a resume frame waits for its acknowledgement.
 * - leaving: the worker was told to stop, drain is not sent yet. left: both.
 * - A worker told to stop never acknowledges a resume; leaving is never taken back.
 */
export type DrainState = 'serving' | 'drained' | 'resuming' | 'leaving' | 'left';

export type DrainHappening =
  /** The caller wants no further opens sent. */
  | 'drain'
  /** The caller takes a drain back. */
  | 'resume'
  /** The worker acknowledged the resume frame sent last. */
  | 'resumed'
  /** The worker said leaving. */
  | 'leaving';

export type DrainEffect = 'sendDrain' | 'sendResume' | 'grantResume' | 'denyResume' | 'announceLeaving';

export interface DrainMove {
  readonly to: DrainState;
  readonly effects: readonly DrainEffect[];
}

const move = (to: DrainState, ...effects: DrainEffect[]): DrainMove => ({ to, effects });

const TABLE: Readonly<Record<DrainState, Partial<Record<DrainHappening, DrainMove>>>> = {
  serving: {
    drain: move('drained', 'sendDrain'),
    resume: move('serving', 'grantResume'),
    leaving: move('leaving', 'announceLeaving'),
  },
  drained: {
    drain: move('drained'),
    resume: move('resuming', 'sendResume'),
    leaving: move('left', 'announceLeaving'),
  },
  resuming: {
    drain: move('drained', 'denyResume', 'sendDrain'),
    resume: move('resuming'),
    resumed: move('serving', 'grantResume'),
    // No second drain frame: leaving read before the acknowledgement means that the worker ignores the resume and stays drained.
    leaving: move('left', 'denyResume', 'announceLeaving'),
  },
  leaving: {
    drain: move('left', 'sendDrain'),
    resume: move('leaving', 'denyResume'),
    leaving: move('leaving'),
  },
  left: {
    drain: move('left'),
    resume: move('left', 'denyResume'),
    leaving: move('left'),
  },
};

/** What `happening` means in `state`; undefined: nothing (an acknowledgement of a resume that was taken back). */
export function drainTransition(state: DrainState, happening: DrainHappening): DrainMove | undefined {
  return TABLE[state][happening];
}
