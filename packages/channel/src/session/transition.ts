import type { SessionState } from '../types.ts';

/**
 * The life of a session as a table: what may happen in each phase, where it leads, and what is to be done then, in order.
 * One table for both ends; each carries out the effects in its own way (docs/channel.md draws it).
 *
 * - greeting: no welcome yet. proving: welcomed, the first ping not answered. severed: the link was lost while proving.
 * - suspended: the link was lost after that; requests go on and wait. closed: final.
 */
export type Phase = 'greeting' | 'proving' | 'severed' | 'open' | 'suspended' | 'closed';

export type Happening =
  /** A hello was accepted. */
  | 'welcomed'
  /** The first ping was answered. */
  | 'proved'
  /** The link ended or went silent. */
  | 'linkLost'
  /** A link with the resume token took over; each end has named its last batch. */
  | 'resumed'
  /** The resume limit passed. */
  | 'limitPassed'
  /** The adapter refused the hello. */
  | 'refused'
  /** This end, or the peer by a violation, ends the session. */
  | 'ended';

export type Announcement = 'announceConnected' | 'announceSuspended' | 'announceResumed' | 'announceClosed';

export type Effect =
  | Announcement
  /** The resume limit begins; it ends the session when it passes. */
  | 'startLimit'
  | 'stopLimit'
  /** Worker: dial again. Adapter: nothing, it waits. */
  | 'redial'
  /** Send over the link that joined, first what the peer has not got. */
  | 'useLink'
  /** Let go of the link, if there is one; when the session ends by our doing, tell the peer first. */
  | 'dropLink'
  /** Every request gets its reset. */
  | 'endRequests';

export interface Move {
  readonly to: Phase;
  readonly effects: readonly Effect[];
}

const move = (to: Phase, ...effects: Effect[]): Move => ({ to, effects });
const END = move('closed', 'stopLimit', 'dropLink', 'endRequests', 'announceClosed');

const TABLE: Readonly<Record<Phase, Partial<Record<Happening, Move>>>> = {
  greeting: {
    welcomed: move('proving', 'useLink'),
    linkLost: move('greeting', 'redial'),
    refused: END,
    ended: END,
  },
  proving: {
    proved: move('open', 'announceConnected'),
    linkLost: move('severed', 'dropLink', 'startLimit', 'redial'),
    ended: END,
  },
  severed: {
    linkLost: move('severed', 'redial'),
    resumed: move('proving', 'stopLimit', 'useLink'),
    limitPassed: END,
    refused: END,
    ended: END,
  },
  open: {
    linkLost: move('suspended', 'dropLink', 'startLimit', 'announceSuspended', 'redial'),
    ended: END,
  },
  suspended: {
    linkLost: move('suspended', 'redial'),
    resumed: move('open', 'stopLimit', 'useLink', 'announceResumed'),
    limitPassed: END,
    refused: END,
    ended: END,
  },
  closed: {},
};

/** What `happening` means in `phase`; undefined: nothing, it comes too late or does not belong there. */
export function transition(phase: Phase, happening: Happening): Move | undefined {
  return TABLE[phase][happening];
}

/** The phase as the package's users see it. */
export function stateOf(phase: Phase): SessionState {
  return phase === 'greeting' || phase === 'proving' || phase === 'severed' ? 'handshaking' : phase;
}
