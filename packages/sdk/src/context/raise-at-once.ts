import { RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import { HostError } from '../errors/host-error.ts';
import type { ContextRun } from './context-run.ts';

/** Raises a notification whose caller cannot wait; `what` names it. Throws ERROR_NOT_SUPPORTED when a handler is PENDING, who is left behind. */
export function raiseAtOnce(run: ContextRun, notification: number, provider: object, what: string): number {
  const status = run.raise(notification, provider);
  if (status === RQ_NOTIFICATION_PENDING)
    throw new HostError(
      'ERROR_NOT_SUPPORTED',
      `A handler of ${what} is pending, and its caller cannot wait. Answer at once in the handler.`,
    );
  return status;
}
