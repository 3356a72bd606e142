export { check } from './check.ts';
export type {
  AdapterLog,
  EventRecord,
  FinalState,
  History,
  LogLine,
  ReceiptRecord,
  RequestLine,
  RuleName,
  SwitchLine,
  Violation,
} from './history.ts';
export { readAccessLog } from './read/access-log.ts';
export { readEvent, readEventLines } from './read/events.ts';
export type { Json } from './read/fields.ts';
export { readWorkerProcesses } from './read/processes.ts';
export { readReceipt } from './read/receipts.ts';
