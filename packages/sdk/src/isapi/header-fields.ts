import { checkField } from '../context/check-field.ts';
import { refused } from './refused.ts';
import type { HeaderFields } from './requests.ts';

/** Header fields, read and checked. */
export interface ReadFields {
  /** Names and values by turns, as Node takes them. */
  readonly pairs: string[];
  /** Of Content-Length; -1 = not said. */
  readonly contentLength: number;
  /** What stood behind the empty line. */
  readonly body: Uint8Array | undefined;
}

/** Reads header fields in any of their forms. Throws ERROR_INVALID_PARAMETER for what would be no head. */
export function readHeaderFields(fields: HeaderFields | Uint8Array | undefined): ReadFields {
  if (fields === undefined || fields === null || fields === '') return checked([], undefined);
  if (typeof fields === 'string') return readText(fields, undefined);
  if (fields instanceof Uint8Array) return readBytes(fields);
  const pairs: string[] = [];
  for (const [name, value] of Array.isArray(fields) ? fields : Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) pairs.push(String(name), String(one));
  }
  return checked(pairs, undefined);
}

function readBytes(bytes: Uint8Array): ReadFields {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.indexOf('\r\n\r\n');
  return end < 0 ? readText(buffer.toString('latin1'), undefined) : readText(buffer.toString('latin1', 0, end), buffer.subarray(end + 4));
}

function readText(text: string, bytes: Buffer | undefined): ReadFields {
  const end = text.indexOf('\r\n\r\n');
  const body = bytes ?? (end < 0 ? undefined : Buffer.from(text.slice(end + 4)));
  const pairs: string[] = [];
  for (const line of (end < 0 ? text : text.slice(0, end)).split('\r\n')) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw refused(`expected lines "Name: value" with CRLF between them, got ${JSON.stringify(line)}`);
    pairs.push(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return checked(pairs, body?.length ? body : undefined);
}

function checked(pairs: string[], body: Uint8Array | undefined): ReadFields {
  let contentLength = -1;
  for (let index = 0; index < pairs.length; index += 2) {
    const name = pairs[index]!;
    const value = pairs[index + 1]!;
    checkField(name, value);
    const known = name.toLowerCase();
    if (known === 'transfer-encoding')
      throw refused('Transfer-Encoding is written by the host: leave it out, and the chunks of the body too');
    if (known !== 'content-length') continue;
    if (!/^\d{1,15}$/.test(value)) throw refused(`expected Content-Length in digits, got ${JSON.stringify(value)}`);
    if (contentLength >= 0) throw refused('expected one Content-Length, got two');
    contentLength = Number(value);
  }
  return { pairs, contentLength, body };
}
