import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import { HostError } from '../errors/host-error.ts';
import { describeStage } from './describe-stage.ts';
import type { ModuleInstance } from './module-instance.ts';
import { describePlace, type Place } from './place.ts';
import type { Walk } from './walk.ts';

/** Throws ERROR_INVALID_PARAMETER for what a request cannot go on with. */
export function checkStatus(status: unknown): void {
  if (status === RQ_NOTIFICATION_CONTINUE || status === RQ_NOTIFICATION_FINISH_REQUEST) return;
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `indicateCompletion takes RQ_NOTIFICATION_CONTINUE (0) or RQ_NOTIFICATION_FINISH_REQUEST (2); got ${String(status)}. ` +
      'A module that is not done yet completes later.',
  );
}

/**
 * A completion that nothing waits for: throws ERROR_INVALID_STATE, with the place of the one before.
 *
 * - One that comes after the deadline has ended its PENDING is logged instead: its module could not know.
 */
export function refuseCompletion(instance: ModuleInstance, second: Place, walk: Walk | undefined): void {
  const { completedAt, registration, run } = instance;
  const { name } = registration;
  if (instance.overdue > 0) {
    instance.overdue--;
    run.log('warn', `Module "${name}" completed a request that had gone on without it.`, { module: name, at: describePlace(second) });
    return;
  }
  const where = walk ? ` in ${describeStage(walk.stage)}` : '';
  throw new HostError(
    'ERROR_INVALID_STATE',
    completedAt
      ? `Module "${name}" has completed the request twice${where}: first ${describePlace(completedAt)}, now ${describePlace(second)}. ` +
          'There is one completion for each PENDING; drop one of the two.'
      : `Module "${name}" completes a request of which it has nothing PENDING, ${describePlace(second)}. Complete only what a handler answered PENDING for.`,
  );
}
