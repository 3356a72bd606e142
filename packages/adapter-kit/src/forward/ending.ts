import type { ResetCause } from '@baton/channel';
import { CODES, type ErrorCode } from '@baton/core';
import type { Fate } from '../place/tally.ts';

/** What is known of a request when its stream ends without a response end. */
export interface EndingFacts {
  /** The head of the response was written. */
  readonly isStarted: boolean;
  /** An interim response was written. */
  readonly hasInterim: boolean;
  readonly isResponseEnded: boolean;
  /** It has no body, or all that was sent of it is kept. */
  readonly isMovable: boolean;
  /** Safe, without a body, not replayed before, and the app allows it. */
  readonly isReplayable: boolean;
}

/** What becomes of a request whose stream was reset. */
export type Ending =
  | { readonly kind: 'move' | 'replay' | 'done' }
  | { readonly kind: 'answer'; readonly code: ErrorCode }
  | { readonly kind: 'break'; readonly code: ErrorCode };

const CODES_OF: Record<Exclude<ResetCause, 'NOT_BEGUN'>, ErrorCode> = {
  CLIENT_CLOSED: 'CLIENT_CLOSED',
  APP_ABORTED: 'WORKER_RESET',
  DEADLINE: 'REQUEST_TIMEOUT',
  WORKER_DIED: 'WORKER_DIED',
  LINK_LOST: 'LINK_LOST',
  SESSION_CLOSED: 'WORKER_RESET',
  PROTOCOL: 'BAD_RESPONSE',
  TOO_LARGE: 'BAD_RESPONSE',
  CONNECTION_RESET: 'WORKER_RESET',
};

/**
 * Times that workers may hand one piece of work back unbegun. Recycles cost one at most; an app that refuses of its own accord
 * (REFUSED_STREAM of HTTP/2) gets the same request again at once.
 */
export const MOST_MOVES = 20;

/**
 * Decides what becomes of a request whose stream was reset (handover.md, When a worker dies; Draining).
 *
 * - A worker that never began it: moved, as long as its body is kept; refused once it was moved `MOST_MOVES` times.
 * - A dead worker: a replayable request that was not answered at all is replayed once; everything else is answered 502 or broken off.
 * - An app that destroys its socket gets what it would get without Baton: the client's connection breaks.
 */
export function endingOf(cause: ResetCause, facts: EndingFacts, moves = 0): Ending {
  if (facts.isResponseEnded) return { kind: 'done' };
  if (cause === 'NOT_BEGUN') {
    if (!facts.isMovable || facts.isStarted || facts.hasInterim)
      return { kind: facts.isStarted ? 'break' : 'answer', code: 'WORKER_RESET' };
    return moves < MOST_MOVES ? { kind: 'move' } : { kind: 'answer', code: 'NOT_TAKEN' };
  }
  if (cause === 'WORKER_DIED' && facts.isReplayable && !facts.isStarted && !facts.hasInterim) return { kind: 'replay' };
  const code = CODES_OF[cause];
  const isOfApp = cause === 'APP_ABORTED' || cause === 'CONNECTION_RESET';
  return { kind: facts.isStarted || isOfApp ? 'break' : 'answer', code };
}

/** How a request that ended counts for a recycle: its client left, was at fault or got its answer, or the adapter ended it. */
export function fateOf(code: ErrorCode | undefined): Fate {
  return code === undefined || CODES[code].status < 500 ? 'finished' : 'failed';
}
