import { HostError } from '../errors/host-error.ts';

/**
 * A mask of notifications as an unsigned number.
 *
 * - `what`: name of the parameter; `known`: the bits that exist, `kind` what they are called.
 * - Throws ERROR_INVALID_PARAMETER, with the bits that do not exist.
 */
export function readMask(what: string, value: unknown, known: number, kind: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff)
    throw new HostError('ERROR_INVALID_PARAMETER', `${what} is a mask of ${kind}, joined with "|"; got ${String(value)}.`);
  const mask = value >>> 0;
  const unknown = (mask & ~known) >>> 0;
  if (unknown !== 0)
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `${what} is a mask of ${kind}; 0x${unknown.toString(16).padStart(8, '0')} is none of them. Take the constants.`,
    );
  return mask;
}
