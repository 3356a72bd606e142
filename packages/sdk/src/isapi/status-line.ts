import { STATUS_CODES } from 'node:http';
import { HostError } from '../errors/host-error.ts';

/** A status as it goes into a head. */
export interface StatusLine {
  readonly code: number;
  readonly reason: string;
}

/** Reads "404 Not Found"; the reason may be left out. Throws ERROR_INVALID_PARAMETER. */
export function readStatusLine(text: string): StatusLine {
  const parts = typeof text === 'string' ? /^([2-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/.exec(text) : null;
  if (!parts) throw new HostError('ERROR_INVALID_PARAMETER', `expected a final status such as "200 OK", got ${JSON.stringify(text)}`);
  const code = Number(parts[1]);
  return { code, reason: parts[2] ?? reasonOf(code) };
}

/** The usual reason of a status code. */
export const reasonOf = (code: number): string => STATUS_CODES[code] ?? 'Unknown';
