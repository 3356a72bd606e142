import { RQ_EXECUTE_REQUEST_HANDLER } from '../constants/request-notifications.ts';
import type { ExecutionStats } from '../context/http-context.ts';
import type { RequestRun } from './request-run.ts';

/** Where a request is. */
export function readStats(run: RequestRun): ExecutionStats {
  const { newest: walk } = run.walks;
  const waiting = run.walks.findWaiting();
  const asynchronous = { asyncNotification: waiting?.stage.notification ?? 0, asyncStartedAtMs: waiting?.pendingAtMs ?? 0 };
  if (run.isInApp || !walk.instance)
    return {
      notification: run.isInApp ? RQ_EXECUTE_REQUEST_HANDLER : 0,
      notificationStartedAtMs: run.stepAtMs,
      module: '',
      moduleStartedAtMs: 0,
      ...asynchronous,
    };
  return {
    notification: walk.stage.notification,
    notificationStartedAtMs: walk.isUnsequenced ? walk.startedAtMs : run.stepAtMs,
    module: walk.instance.registration.name,
    moduleStartedAtMs: walk.calledAtMs,
    ...asynchronous,
  };
}
