import { BatonError } from '@baton/core';

/** The error of everything a peer may not send. The link it came on is closed and not resumed: the same bytes would come again. */
export function violation(message: string, cause?: unknown): BatonError {
  return new BatonError('CHANNEL_PROTOCOL', message, { cause });
}
