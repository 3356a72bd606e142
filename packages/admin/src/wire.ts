import { BatonError, CODES, type ErrorCode } from '@baton/core';
import { admin, fromJson, toJson } from '@baton/proto';
import type { Recycle } from './types.ts';

/** The messages of the admin API by what they are. */
const SCHEMAS = {
  status: admin.GetStatusResponseSchema,
  pool: admin.PoolSchema,
  startedPool: admin.StartPoolResponseSchema,
  stoppedPool: admin.StopPoolResponseSchema,
  app: admin.AppSchema,
  worker: admin.WorkerSchema,
  host: admin.HostSchema,
  channel: admin.ChannelSchema,
  key: admin.KeySchema,
  event: admin.EventSchema,
  applied: admin.ApplyConfigResponseSchema,
  config: admin.GetConfigResponseSchema,
  recycling: admin.RecyclePoolResponseSchema,
} as const;

export type Message = keyof typeof SCHEMAS;

/** Checks an answer against its message: what an older server leaves out has its default, what a newer one adds is dropped. */
export function readMessage<T>(message: Message, body: unknown): T {
  try {
    const schema = SCHEMAS[message];
    const read = fromJson(schema, body as never, { ignoreUnknownFields: true });
    return withSettings(toJson(schema, read as never, { alwaysEmitImplicit: true }), body) as T;
  } catch (error) {
    throw unreadable(error);
  }
}

/** A receipt: protobuf knows no null, so what is not there yet is taken over as it came. */
export function readRecycle(body: unknown): Recycle {
  try {
    const given = isMapping(body) ? body : {};
    const message = fromJson(admin.RecycleSchema, body as never, { ignoreUnknownFields: true });
    const read = toJson(admin.RecycleSchema, message, { alwaysEmitImplicit: true }) as Record<string, unknown>;
    const fields = admin.RecycleSchema.fields.map(({ jsonName }) => jsonName);
    return Object.fromEntries(fields.map((name) => [name, given[name] === null ? null : (read[name] ?? null)])) as unknown as Recycle;
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): BatonError {
  return BatonError.from(error, 'INTERNAL', 'the cluster sent an answer that this release cannot read');
}

/** The settings of pools are an object in JSON and text in protobuf: wherever an answer has a pool, they are taken over as they came. */
function withSettings(read: unknown, body: unknown): unknown {
  if (!isMapping(read)) return read;
  const given = isMapping(body) ? body : {};
  if ('settingsJson' in read) {
    const { settingsJson: _, ...rest } = read;
    return { ...rest, settings: isMapping(given.settings) ? given.settings : {} };
  }
  if (Array.isArray(read.pools)) {
    const pools: unknown[] = Array.isArray(given.pools) ? given.pools : [];
    return { ...read, pools: read.pools.map((pool, index) => withSettings(pool, pools[index])) };
  }
  return isMapping(read.pool) ? { ...read, pool: withSettings(read.pool, given.pool) } : read;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same for an array of messages. */
export function readList<T>(message: Message, body: unknown): readonly T[] {
  return listIn(body).map((item) => readMessage<T>(message, item));
}

export function readRecycles(body: unknown): readonly Recycle[] {
  return listIn(body).map(readRecycle);
}

function listIn(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  throw new BatonError('INTERNAL', 'the cluster sent an answer that this release cannot read: expected a list');
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
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}
