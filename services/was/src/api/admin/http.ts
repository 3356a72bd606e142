import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BatonError } from '@baton/core';
import { admin, create, toJson } from '@baton/proto';
import type { Logger } from '@baton/telemetry';
import { answerProbe, type Probes } from '../../probes.ts';
import { bearerOf, isSameSecret } from '../auth.ts';
import type { AdminAnswers } from './answers.ts';
import { recycleJson } from './view-recycle.ts';

export interface AdminHttpOptions {
  readonly answers: AdminAnswers;
  /** Bearer token of /api. */
  readonly token: string;
  readonly probes: Probes;
  readonly log: Logger;
}

/** Largest request body, bytes: a baton.yaml and then some. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** A follower hears at least this often, so that a dead connection is noticed, ms. */
const FOLLOW_BEAT_MS = 15_000;
const FOLLOW_LIMIT_BYTES = 1024 * 1024;

const HOME = `Baton admin port.

  /api/v1/status pools apps workers hosts channels recycles events keys config   JSON, bearer token
  /livez /readyz /metrics                                          no token

The console comes with a later release. Until then: baton status, baton --help.
`;

/** The admin port: probes and metrics for everybody, /api/v1 in the JSON form of baton.admin.v1 for who has the token. */
export function createAdminServer(options: AdminHttpOptions): Server {
  return createServer((request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      const known = BatonError.from(error);
      if (known.code === 'INTERNAL') options.log.error({ err: error, url: request.url }, 'an admin call failed');
      sendError(response, known);
    });
  });
}

async function serve(options: AdminHttpOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://admin');
  if (answerProbe(options.probes, url.pathname, response)) return;
  if (url.pathname === '/') return send(response, 200, HOME, 'text/plain; charset=utf-8');
  if (!url.pathname.startsWith('/api/')) throw new BatonError('NOT_FOUND', `there is nothing at ${url.pathname}`);
  if (!isSameSecret(bearerOf(request.headers.authorization), options.token)) {
    throw new BatonError('UNAUTHORIZED', 'this call needs the bearer token of the cluster');
  }
  const path = url.pathname.replace(/^\/api\/v1\//, '').replace(/\/$/, '');
  if (path === 'events/follow') return follow(options.answers, url.searchParams.get('pool') ?? '', request, response);
  const body = request.method === 'POST' ? await readBody(request) : '';
  // Who waits for the end of a recycle may leave before.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  sendJson(response, 200, await answer(options.answers, request.method ?? 'GET', path, url.searchParams, body, gone.signal));
}

/** The answer as JSON. Lists are arrays; every field of a message is printed, also one with its default. */
async function answer(
  answers: AdminAnswers,
  method: string,
  path: string,
  query: URLSearchParams,
  body: string,
  signal: AbortSignal,
): Promise<unknown> {
  const [noun, name, verb, ...more] = path.split('/').map(decodeURIComponent);
  if (more.length > 0) throw unknown(path);
  switch (`${method} ${noun}${name === undefined ? '' : '/NAME'}${verb === undefined ? '' : `/${verb}`}`) {
    case 'GET status':
      return statusJson(answers.getStatus());
    case 'GET pools':
      return answers.listPools().pools.map(poolJson);
    case 'GET pools/NAME':
      return poolJson(answers.getPool(name!));
    case 'POST pools/NAME/start':
      return { pool: poolJson((await answers.startPool(name!)).pool!) };
    case 'POST pools/NAME/stop':
      return { pool: poolJson((await answers.stopPool(name!)).pool!) };
    case 'POST pools/NAME/recycle':
      return json(admin.RecyclePoolResponseSchema, await answers.recyclePool({ pool: name!, ...readRecycle(body) }));
    case 'GET recycles':
      return (await answers.listRecycles(query.get('pool') ?? '', numberIn(query, 'limit'))).recycles.map(recycleJson);
    case 'GET recycles/NAME':
      return recycleJson((await answers.getRecycle(name!, numberIn(query, 'waitMs'), signal)).recycle!);
    case 'GET apps':
      return answers.listApps().apps.map((app) => json(admin.AppSchema, app));
    case 'GET apps/NAME':
      return json(admin.AppSchema, answers.getApp(name!));
    case 'GET workers':
      return answers.listWorkers(query.get('pool') ?? '').workers.map((worker) => json(admin.WorkerSchema, worker));
    case 'GET hosts':
      return answers.listHosts().hosts.map((host) => json(admin.HostSchema, host));
    case 'GET channels':
      return answers.listChannels().channels.map((channel) => json(admin.ChannelSchema, channel));
    case 'GET events':
      return (await answers.listEvents(query.get('pool') ?? '', numberIn(query, 'limit'))).events.map((event) =>
        json(admin.EventSchema, event),
      );
    case 'GET keys':
      return answers.listKeys().keys.map((key) => json(admin.KeySchema, key));
    case 'POST keys/NAME':
      if (name !== 'rotate') throw unknown(path);
      return (await answers.rotateKeys()).keys.map((key) => json(admin.KeySchema, key));
    case 'GET config':
      return json(admin.GetConfigResponseSchema, answers.getConfig());
    case 'POST config':
      return json(admin.ApplyConfigResponseSchema, await answers.applyConfig(readApply(body)));
    default:
      throw unknown(path);
  }
}

function unknown(path: string): BatonError {
  return new BatonError('NOT_FOUND', `there is no call /api/v1/${path}`, {
    hint: 'GET status, pools, pools/NAME, apps, workers, hosts, channels, recycles, recycles/ID, events, events/follow, keys, config; POST pools/NAME/start, stop or recycle, keys/rotate, config',
  });
}

function readRecycle(body: string): { reason: string; dryRun: boolean } {
  const { reason, dryRun } = body === '' ? {} : parse(body);
  return { reason: typeof reason === 'string' ? reason : '', dryRun: dryRun === true };
}

function numberIn(query: URLSearchParams, name: string): number {
  return Number(query.get(name) ?? 0);
}

function readApply(body: string): admin.ApplyConfigRequest {
  const { yaml, file, dryRun } = parse(body);
  if (typeof yaml !== 'string')
    throw new BatonError('INVALID_ARGUMENT', 'the body is JSON {"yaml": TEXT, "file": NAME, "dryRun": BOOLEAN}; yaml is missing');
  return create(admin.ApplyConfigRequestSchema, { yaml, file: typeof file === 'string' ? file : '', dryRun: dryRun === true });
}

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    throw new BatonError('INVALID_ARGUMENT', 'the body is not JSON', { cause: error });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new BatonError('INVALID_ARGUMENT', `the body has at most ${BODY_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One JSON document per line from now on, until the client leaves. */
function follow(answers: AdminAnswers, pool: string, request: IncomingMessage, response: ServerResponse): void {
  const end = answers.followEvents(pool, (event) => {
    // A follower that does not read is let go: nothing is kept for it.
    if (response.writableLength > FOLLOW_LIMIT_BYTES) response.destroy();
    else response.write(`${JSON.stringify(json(admin.EventSchema, event))}\n`);
  });
  const beat = setInterval(() => response.write('\n'), FOLLOW_BEAT_MS);
  beat.unref();
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  response.flushHeaders();
  request.once('close', done);
  response.once('close', done);
  function done(): void {
    clearInterval(beat);
    end();
  }
}

function json(...[schema, message]: Parameters<typeof toJson>): unknown {
  return toJson(schema, message, { alwaysEmitImplicit: true });
}

/** A pool with its settings as an object; protobuf carries them as text. */
function poolJson(pool: admin.Pool): Record<string, unknown> {
  const { settingsJson, ...rest } = json(admin.PoolSchema, pool) as Record<string, unknown>;
  return { ...rest, settings: JSON.parse(String(settingsJson || '{}')) };
}

function statusJson(status: admin.GetStatusResponse): Record<string, unknown> {
  return { ...(json(admin.GetStatusResponseSchema, status) as Record<string, unknown>), pools: status.pools.map(poolJson) };
}

function sendError(response: ServerResponse, error: BatonError): void {
  if (response.headersSent) return void response.destroy();
  const { code, message, hint, details } = error;
  sendJson(response, error.status, { code, message, hint, ...(Object.keys(details).length > 0 ? { details } : {}) });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, `${JSON.stringify(value)}\n`, 'application/json');
}

function send(response: ServerResponse, status: number, text: string, type: string): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  response.end(text);
}
