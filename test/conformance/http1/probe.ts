import type { ParsedResponse } from '../../e2e/http-surface/response-parser.ts';

/**
 * What the documents say of the bytes.
 *
 * - `reject`: no request of it may reach the app; the answer is 4xx or 5xx, or the connection ends.
 * - `accept`: the app sees exactly `sees`.
 * - `either`: one of both, and nothing between them.
 */
export type Demand = 'reject' | 'accept' | 'either';

/** A request as the app has to see it. What is left out is that of `GET /%ID% HTTP/1.1` without a body. */
export interface Sight {
  readonly method?: string;
  readonly url?: string;
  readonly version?: string;
  readonly body?: string;
  /** Pairs that have to be among the raw headers, byte for byte. */
  readonly has?: readonly (readonly [string, string])[];
  /** Names, lower case, that must not be. */
  readonly hasNot?: readonly string[];
  readonly trailers?: readonly string[];
}

/**
 * One case: bytes that a client sends, and what has to become of them.
 *
 * - `%ID%` is replaced with a name of the run's own, by which the app's record is searched.
 * - A plain GET of `/tail-%ID%` follows the bytes: whoever frames them otherwise than the sender answers it too early, too late or not at all.
 */
export interface Probe {
  readonly id: string;
  readonly section: string;
  readonly title: string;
  readonly must: Demand;
  /** Latin-1. Several: sent one after the other, with the turn of an event loop between. */
  readonly bytes: string | readonly string[];
  /** @default one `GET /%ID%` */
  readonly sees?: readonly Sight[];
  /** The connection has to end behind the answers, without the tail's being read. */
  readonly closes?: boolean;
  /** A refusal may leave the connection open: where the message ended was never in doubt. */
  readonly mayStay?: boolean;
  /** The server may also wait for more. */
  readonly mayWait?: boolean;
  /** @default true */
  readonly hasTail?: boolean;
  /** The client ends its half behind the bytes. */
  readonly fin?: boolean;
  /** Statuses that a refusal may have. @default any 4xx or 5xx */
  readonly refusals?: readonly number[];
  /** What else is wrong with the answers. */
  readonly check?: (responses: readonly ParsedResponse[]) => string | undefined;
}

/** What is left out of the probe itself. */
export type More = Partial<Omit<Probe, 'id' | 'section' | 'title' | 'must' | 'bytes'>>;

/** A group of probes whose ids begin alike. */
export function group(prefix: string): {
  readonly probes: readonly Probe[];
  add(section: string, title: string, must: Demand, bytes: string | readonly string[], more?: More): void;
} {
  const probes: Probe[] = [];
  return {
    probes,
    add(section, title, must, bytes, more = {}) {
      probes.push({ id: `${prefix}-${String(probes.length + 1).padStart(2, '0')}`, section, title, must, bytes, ...more });
    },
  };
}

/** A request of HTTP/1.1 with a Host; `fields` are whole lines without their ends. */
export function request(line: string, fields: readonly string[] = [], body = ''): string {
  return `${line}\r\nHost: %ID%.test\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`;
}

/** `POST /%ID%` with these fields and body. */
export const post = (fields: readonly string[], body = ''): string => request('POST /%ID% HTTP/1.1', fields, body);

/** `POST /%ID%` in chunks; `body` is everything behind the head. */
export const chunked = (body: string): string => post(['Transfer-Encoding: chunked'], body);
