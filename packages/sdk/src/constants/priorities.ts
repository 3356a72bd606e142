/** Where a module stands among those subscribed to a notification; for RQ_SEND_RESPONSE the order is turned round: FIRST runs last. */
export const PRIORITY_ALIAS_FIRST = 'FIRST';
export const PRIORITY_ALIAS_HIGH = 'HIGH';
export const PRIORITY_ALIAS_MEDIUM = 'MEDIUM';
export const PRIORITY_ALIAS_LOW = 'LOW';
export const PRIORITY_ALIAS_LAST = 'LAST';

export type PriorityAlias =
  | typeof PRIORITY_ALIAS_FIRST
  | typeof PRIORITY_ALIAS_HIGH
  | typeof PRIORITY_ALIAS_MEDIUM
  | typeof PRIORITY_ALIAS_LOW
  | typeof PRIORITY_ALIAS_LAST;
