import type { IncomingMessage } from 'node:http';
import { HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE } from '../../constants/isapi.ts';
import { checkField } from '../../context/check-field.ts';
import { FRAMING_FIELDS, HOP_FIELDS, PRECONDITION_FIELDS } from '../../context/field-names.ts';
import { isToken } from '../../context/is-token.ts';
import type { ChildTarget } from '../extension-services.ts';
import { refused } from '../refused.ts';
import type { ExecUrlInfo } from '../requests.ts';

/** What makes a request conditional, or one for a part. */
const isCondition = (name: string): boolean => name === 'range' || PRECONDITION_FIELDS.has(name);

/** Of the connection, of the parent's body, and conditions that the parent has met. */
const isParentsOnly = (name: string): boolean => HOP_FIELDS.has(name) || FRAMING_FIELDS.has(name) || isCondition(name);

/**
 * What a child request asks for, checked: it reaches modules and the app as if it had come through a listener, which would have refused what is no request.
 *
 * - Throws ERROR_INVALID_PARAMETER for a URL that is none of this site, a method or a field's name that is no token (RFC 9110, 5.6.2), and a field's value
 *   that no field may have (5.5).
 * - The length of the entity is the host's to tell: Content-Length may say it, and nothing else.
 */
export function targetOf(parent: IncomingMessage, { url, method, childHeaders, entity, flags = 0 }: ExecUrlInfo): ChildTarget {
  if (typeof url !== 'string' || !/^\/[^\0-\x20\x7f]*$/.test(url)) {
    throw refused(`expected a URL of this site, percent-encoded, that begins with a slash, got ${JSON.stringify(url)}`);
  }
  if (method !== undefined && !isToken(method)) throw refused(`expected a method such as GET, got ${JSON.stringify(method)}`);
  const body = bytesOf(entity);
  const headers = childHeaders === undefined ? fieldsOf(parent) : readFields(childHeaders, flags, body?.length ?? 0);
  if (body) headers['content-length'] = String(body.length);
  return { url, method: method ?? parent.method ?? 'GET', headers, ...(body && { body }) };
}

function bytesOf(entity: string | Uint8Array | undefined): Uint8Array | undefined {
  if (typeof entity === 'string') return Buffer.from(entity);
  if (entity === undefined || entity instanceof Uint8Array) return entity;
  throw refused(`expected the entity as text or a Uint8Array, got ${entity === null ? 'null' : typeof entity}`);
}

type Fields = Record<string, string | string[]>;

function fieldsOf(parent: IncomingMessage): Fields {
  const headers: Fields = Object.create(null);
  for (const [name, value] of Object.entries(parent.headers)) if (value !== undefined && !isParentsOnly(name)) headers[name] = value;
  return headers;
}

function readFields(given: NonNullable<ExecUrlInfo['childHeaders']>, flags: number, length: number): Fields {
  if (typeof given !== 'object' || given === null) throw refused(`expected header fields by name, got ${JSON.stringify(given)}`);
  const isUnconditional = (flags & HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE) !== 0;
  const headers: Fields = Object.create(null);
  for (const [written, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) mustBeField(written, one, length);
    const name = written.toLowerCase();
    if (!(isUnconditional && isCondition(name))) headers[name] = value;
  }
  return headers;
}

function mustBeField(name: string, value: unknown, length: number): void {
  if (typeof value !== 'string') throw refused(`expected text for the header field ${JSON.stringify(name)}, got ${JSON.stringify(value)}`);
  checkField(name, value);
  const known = name.toLowerCase();
  if (known === 'transfer-encoding') throw refused('Transfer-Encoding is written by the host: give the entity and leave it out');
  if (known === 'content-length' && value !== String(length))
    throw refused(`expected the Content-Length of the entity, ${length}, got ${JSON.stringify(value)}: leave it out`);
}
