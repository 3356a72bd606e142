import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import { reportAbandoned, reportHandler } from './reports.ts';
import type { Walk } from './walk.ts';

/** Answer to a request that a module has left PENDING beyond its deadline: its time is over, and nothing is known to be out of service. */
const DEADLINE_STATUS = 504;

/** A handler has thrown: answers what the request goes on with. */
export function failHandler(walk: Walk, error: unknown): number {
  const { run, stage } = walk;
  const instance = walk.instance!;
  reportHandler(run.log, instance, stage, error);
  // The answer that says so is a response, too, and would come to the same handler.
  if (walk.isUnsequenced) instance.offMask |= stage.notification;
  run.answerWith(500);
  return statusAfter(walk);
}

/** The deadline has passed while a handler had the request PENDING: it goes on without it. */
export function abandonHandler(walk: Walk, nowMs: number): void {
  reportAbandoned(walk, nowMs);
  walk.run.answerWith(DEADLINE_STATUS);
  walk.abandon(statusAfter(walk));
}

/** LOG_REQUEST and END_REQUEST of other modules still run. */
function statusAfter(walk: Walk): number {
  return walk.stage.isEnding ? RQ_NOTIFICATION_CONTINUE : RQ_NOTIFICATION_FINISH_REQUEST;
}
