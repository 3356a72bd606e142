/** REQUEST_NOTIFICATION_STATUS: what a handler of a request's notification answers. */
/** Go on with the next handler. */
export const RQ_NOTIFICATION_CONTINUE = 0 as const;
/** Stop here; the module owns the request until it completes it, exactly once. */
export const RQ_NOTIFICATION_PENDING = 1 as const;
/** Skip the rest; RQ_LOG_REQUEST and RQ_END_REQUEST still run. */
export const RQ_NOTIFICATION_FINISH_REQUEST = 2 as const;

/** REQUEST_NOTIFICATION_STATUS. */
export type RequestNotificationStatus =
  | typeof RQ_NOTIFICATION_CONTINUE
  | typeof RQ_NOTIFICATION_PENDING
  | typeof RQ_NOTIFICATION_FINISH_REQUEST;
