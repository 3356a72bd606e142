import {
  type FinalStatus,
  HSE_STATUS_ERROR,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS,
  HSE_STATUS_SUCCESS_AND_KEEP_CONN,
} from '../constants/isapi.ts';

const NAMES = new Map<unknown, string>([
  [HSE_STATUS_SUCCESS, 'HSE_STATUS_SUCCESS'],
  [HSE_STATUS_SUCCESS_AND_KEEP_CONN, 'HSE_STATUS_SUCCESS_AND_KEEP_CONN'],
  [HSE_STATUS_PENDING, 'HSE_STATUS_PENDING'],
  [HSE_STATUS_ERROR, 'HSE_STATUS_ERROR'],
]);

/** Name of a status, or what came in its place. */
export const nameOfStatus = (status: unknown): string => NAMES.get(status) ?? String(status);

/** Whether it ends a session. */
export const isFinalStatus = (status: unknown): status is FinalStatus => status !== HSE_STATUS_PENDING && NAMES.has(status);
