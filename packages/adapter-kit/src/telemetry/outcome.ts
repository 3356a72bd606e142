import { CODES, type ErrorCode } from '@baton/core';

/** How a request ended, as metrics and spans tell it. */
export type Outcome = 'answered' | 'refused' | 'failed' | 'client_closed';

/** answered: whole, by a worker. refused: by the adapter, for a reason of its own or of the client's. failed: a worker had it and could not answer. */
export function outcomeOf(code: ErrorCode | undefined): Outcome {
  if (code === undefined) return 'answered';
  if (code === 'CLIENT_CLOSED') return 'client_closed';
  return CODES[code].status === 502 ? 'failed' : 'refused';
}
