import { ERROR_NUMBERS, type ErrorName } from '../constants/error-codes.ts';

/** What makes an error one of these, in whichever copy of this package it was made. */
const BRAND = Symbol.for('baton.host-error');

/**
 * The one error type of this package: what the original answers as a Win32 error or an HRESULT.
 *
 * - `message` says what was expected, what came and what to do next.
 * - An app and the worker process around it may have different copies of this package: ask `HostError.is(error)` or `error.code`, not `instanceof`.
 */
export class HostError extends Error {
  /** "ERROR_INVALID_PARAMETER". */
  readonly code: ErrorName;
  /** Its number in winerror.h: 87. */
  readonly number: number;

  constructor(code: ErrorName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.number = ERROR_NUMBERS[code];
  }

  override get name(): string {
    return 'HostError';
  }

  get [BRAND](): true {
    return true;
  }

  /** Whether it is one, and of this code where one is given. */
  static is(error: unknown, code?: ErrorName): error is HostError {
    if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
    return code === undefined || (error as HostError).code === code;
  }
}
