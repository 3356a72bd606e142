/** Header fields of a connection, not of a request (RFC 9110, 7.6.1), by their names in lower case. */
export const HOP_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
]);

/** Those that say where an entity ends. */
export const FRAMING_FIELDS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/** Conditions (RFC 9110, 13.1). */
export const PRECONDITION_FIELDS: ReadonlySet<string> = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
]);
