import { BatonError, CODES, type ErrorCode } from '@baton/core';
import { admin, fromJson, toJson } from '@baton/proto';

/** The answers of the admin API, by the name of their message. */
const SCHEMAS = {
  status: admin.GetStatusResponseSchema,
  pools: admin.ListPoolsResponseSchema,
  startPool: admin.StartPoolResponseSchema,
  stopPool: admin.StopPoolResponseSchema,
  pool: admin.PoolSchema,
  apps: admin.ListAppsResponseSchema,
  workers: admin.ListWorkersResponseSchema,
  hosts: admin.ListHostsResponseSchema,
  channels: admin.ListChannelsResponseSchema,
  events: admin.ListEventsResponseSchema,
  event: admin.EventSchema,
  apply: admin.ApplyConfigResponseSchema,
  config: admin.GetConfigResponseSchema,
} as const;

export type Answer = keyof typeof SCHEMAS;

/** Checks an answer against its message and fills in what protobuf JSON leaves out; a newer server's unknown fields are dropped. */
export function readAnswer<T>(answer: Answer, body: unknown): T {
  try {
    const schema = SCHEMAS[answer];
    const message = fromJson(schema, body as never, { ignoreUnknownFields: true });
    return toJson(schema, message as never, { alwaysEmitImplicit: true }) as T;
  } catch (error) {
    throw BatonError.from(error, 'INTERNAL', 'the cluster sent an answer that this release cannot read');
  }
}

interface WireError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly hint?: unknown;
  readonly details?: unknown;
}

/** The error that the body of a refused call names; INTERNAL when it names none. */
export function readError(status: number, text: string): BatonError {
  const { code, message, hint, details } = parseError(text);
  if (typeof code !== 'string' || !Object.hasOwn(CODES, code))
    return new BatonError(status === 401 ? 'UNAUTHORIZED' : 'INTERNAL', `the cluster answered ${status} ${text.slice(0, 200)}`.trim());
  return new BatonError(code as ErrorCode, typeof message === 'string' ? message : CODES[code as ErrorCode].what, {
    ...(typeof hint === 'string' && { hint }),
    ...(typeof details === 'object' && details !== null && { details: details as Record<string, unknown> }),
  });
}

function parseError(text: string): WireError {
  try {
    const body: unknown = JSON.parse(text);
    const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : body;
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    return {};
  }
}
