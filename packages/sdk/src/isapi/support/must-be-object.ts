import { refused } from '../refused.ts';

/** Throws ERROR_INVALID_PARAMETER for what is no object of arguments. */
export function mustBeObject(info: unknown): void {
  if (typeof info === 'object' && info !== null) return;
  throw refused(`expected an object of arguments, got ${info === null ? 'null' : typeof info}`);
}
