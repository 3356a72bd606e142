import type { ResetCause } from '../types.ts';

/** Causes by their byte in a reset frame; appended to, never reordered. */
const CAUSES: readonly ResetCause[] = [
  'NOT_BEGUN',
  'CLIENT_CLOSED',
  'APP_ABORTED',
  'DEADLINE',
  'WORKER_DIED',
  'LINK_LOST',
  'SESSION_CLOSED',
  'PROTOCOL',
  'TOO_LARGE',
  'CONNECTION_RESET',
];

export function causeByte(cause: ResetCause): number {
  return CAUSES.indexOf(cause) + 1;
}

/** A byte of a later release reads as PROTOCOL: the request is given up all the same. */
export function causeOfByte(byte: number): ResetCause {
  return CAUSES[byte - 1] ?? 'PROTOCOL';
}
