/** Where a module stands among those subscribed to a notification; for RQ_SEND_RESPONSE the order is turned round: FIRST runs last. */
export const PRIORITY_ALIAS_FIRST = 'FIRST' as const;
export const PRIORITY_ALIAS_HIGH = 'HIGH' as const;
export const PRIORITY_ALIAS_MEDIUM = 'MEDIUM' as const;
export const PRIORITY_ALIAS_LOW = 'LOW' as const;
export const PRIORITY_ALIAS_LAST = 'LAST' as const;

export type PriorityAlias =
  | typeof PRIORITY_ALIAS_FIRST
  | typeof PRIORITY_ALIAS_HIGH
  | typeof PRIORITY_ALIAS_MEDIUM
  | typeof PRIORITY_ALIAS_LOW
  | typeof PRIORITY_ALIAS_LAST;
