import { REQUEST_NOTIFICATION_NAMES } from '../constants/request-notifications.ts';
import type { Stage } from './plan.ts';

/** "RQ_BEGIN_REQUEST", "RQ_BEGIN_REQUEST (post)". */
export function describeStage(stage: Stage): string {
  const name = REQUEST_NOTIFICATION_NAMES.get(stage.notification)!;
  return stage.isPost ? `${name} (post)` : name;
}
