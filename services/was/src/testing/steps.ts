import type { StoredChange } from '@baton/store';
import type { RunningChange, Seat } from '../cluster/slot.ts';
import { nextHandoverStep } from '../handover/coordinate.ts';
import type { ChangeFacts, ChannelSeat, Replacement } from '../handover/facts.ts';

/** What one channel says of one slot. */
export const seat = (more: Partial<Seat> = {}): Seat => ({
  who: 'w1',
  ask: undefined,
  done: undefined,
  busyFor: '',
  notReadyAtMs: undefined,
  ...more,
});

/** A channel and its seat. */
export const channel = (ref: string, more: Partial<Seat> = {}, presence: ChannelSeat['presence'] = 'attached'): ChannelSeat => ({
  ref,
  presence,
  seat: seat(more),
});

/** A Handover that was sent. */
export const ask = (to = '') => ({ recycleId: 'r1', from: 'w1', to, sentAtMs: 0 });

/** A Handover that was done. */
export const done = (inFlight = 0) => ({ changeId: 'r1', inFlight });

/** An idle-out that hands over. */
export const change = (more: Partial<StoredChange> = {}, running: Partial<RunningChange> = {}): RunningChange => ({
  stored: {
    id: 'r1',
    kind: 'idle',
    slot: 'shop/1',
    from: 'w1',
    to: '',
    cause: 'idle',
    beganAtMs: 0,
    needs: ['a/1'],
    isCommitted: false,
    inFlight: 0,
    ...more,
  },
  phase: 'handing',
  sinceMs: 0,
  ...running,
});

/** The next step of a change. */
export const step = (channels: readonly ChannelSeat[], running = change(), more: Partial<ChangeFacts> = {}) =>
  nextHandoverStep({
    now: 100,
    change: running,
    channels,
    isGone: () => false,
    drainsUntilMs: 0,
    endOf: () => 'APP_CRASHED',
    replacement: undefined,
    next: 'w2',
    isRecycleWanted: false,
    deadlineMs: 10_000,
    limit: 'the limit',
    repeatMs: 200,
    ...more,
  });

/** A step in a few words. */
export const summary = (value: ReturnType<typeof step>) =>
  value?.do === 'send' ? `send ${value.ref} ${value.from}>${value.to}${value.onlyIfIdle ? ' if idle' : ''}` : value?.do;

/** A recycle to w2. */
export const replace = (running: Partial<RunningChange> = {}, stored: Partial<StoredChange> = {}) =>
  change({ kind: 'replace', to: 'w2', needs: [], ...stored }, running);

/** A replacement that serves everywhere. */
export const ready = (more: Partial<Replacement> = {}): Replacement => ({
  isReady: true,
  isRunning: true,
  connected: new Set(['a/1', 'b/1']),
  lacks: 'it is starting',
  ...more,
});

/** These workers are dead. */
export const isGone = (...ids: string[]) => ({ isGone: (id: string) => ids.includes(id) });
