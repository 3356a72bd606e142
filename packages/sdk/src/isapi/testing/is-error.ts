import type { ErrorName } from '../../constants/error-codes.ts';
import { HostError } from '../../errors/host-error.ts';

/** For assert.throws: an error of this name. */
export const isError =
  (code: ErrorName) =>
  (error: unknown): boolean =>
    HostError.is(error, code);
