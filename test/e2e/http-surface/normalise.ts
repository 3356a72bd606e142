import { createHash } from 'node:crypto';
import type { Seen } from './raw-client.ts';
import type { ParsedResponse } from './response-parser.ts';
import type { SurfaceCase } from './surface-case.ts';

/**
 * Everything in which Baton may differ from Node, in one place.
 *
 * - `Date` and the number in `Keep-Alive: timeout=N`: they depend on the moment and on the listener's own limit.
 * - `x-request-id`, `x-baton-*` on responses; `x-request-id`, `x-forwarded-*` and `traceparent` on requests, which /echo shows.
 * - The length of /echo's answer, which shows those headers.
 * - The order of headers with different names: it has no meaning in HTTP.
 * - How much of a body had come when its connection broke: a matter of moments.
 * - Where chunks are cut: only what they carry is compared.
 * - An error answer the listener gives by itself (a case says so with `ignoresBody`): its body and its headers; that it closes the connection is compared.
 */
const BATON_RESPONSE_HEADER = /^(x-request-id|x-baton-.*)$/;
const BATON_REQUEST_HEADER = /^(x-request-id|x-forwarded-.*|traceparent)$/i;
const BODY_HEADER = /^(content-type|content-length|transfer-encoding|retry-after|date|connection)$/;

/** Bodies longer than this are compared by hash. */
const LONG_BODY = 2_000;
/** Of bodies that break off only so much is compared. */
const CUT_BODY = 20;

/** What is compared. */
export function normalise(seen: Seen, surfaceCase: SurfaceCase): unknown {
  return { ...seen, responses: seen.responses.map((response) => normaliseResponse(response, surfaceCase)) };
}

function normaliseResponse(response: ParsedResponse, surfaceCase: SurfaceCase): unknown {
  const isError = surfaceCase.ignoresBody === true && response.status >= 400;
  return {
    ...response,
    headers: normaliseHeaders(response.headers, isError, isEcho(response)),
    framing: isError ? 'any' : response.framing,
    body: isError ? 'any' : normaliseBody(response),
    interim: response.interim.map((interim) => ({ ...interim, headers: normaliseHeaders(interim.headers, false) })),
  };
}

function normaliseHeaders(headers: Record<string, string[]>, isError: boolean, isEcho = false): Record<string, string[]> {
  const kept: Record<string, string[]> = {};
  for (const name of Object.keys(headers).sort()) {
    if (BATON_RESPONSE_HEADER.test(name) || (isError && BODY_HEADER.test(name))) continue;
    if (name === 'date') kept[name] = (headers[name] ?? []).map((value) => (value.includes('1970') ? value : 'now'));
    else if (name === 'keep-alive') kept[name] = (headers[name] ?? []).map((value) => value.replace(/timeout=\d+/, 'timeout=N'));
    else if (name === 'content-length' && isEcho) kept[name] = ['of the echo'];
    else kept[name] = headers[name] ?? [];
  }
  return kept;
}

function normaliseBody(response: ParsedResponse): unknown {
  const { body } = response;
  if (!isEcho(response)) {
    if (!response.isWhole) return body.slice(0, CUT_BODY);
    if (body.length <= LONG_BODY) return body;
    return { length: body.length, sha256: createHash('sha256').update(body, 'latin1').digest('hex') };
  }
  const echo = JSON.parse(body) as { headers: object; distinct: object; rawHeaders: string[] };
  return {
    ...echo,
    headers: withoutBaton(echo.headers),
    distinct: withoutBaton(echo.distinct),
    rawHeaders: pairs(echo.rawHeaders).filter(([name]) => !BATON_REQUEST_HEADER.test(name)),
  };
}

const isEcho = ({ body }: ParsedResponse): boolean => body.startsWith('{"method"');

const withoutBaton = (headers: object): object =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !BATON_REQUEST_HEADER.test(name))
      .map(([name, value]) => [name, name === 'x-case' ? 'id' : value]),
  );

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    found.push([name, name.toLowerCase() === 'x-case' ? 'id' : (raw[index + 1] ?? '')]);
  }
  return found;
}
