import { BatonError } from '@baton/core';
import { readLines } from './lines.ts';
import type { App, AppliedConfig, ApplyResult, Channel, Event, Host, Key, Pool, Recycle, RecycleAnswer, Status, Worker } from './types.ts';
import { readError, readList, readMessage, readRecycle, readRecycles } from './wire.ts';

export interface AdminClientOptions {
  /** "http://127.0.0.1:8081" */
  readonly url: string;
  /** Bearer token; cluster.json has it. */
  readonly token?: string | undefined;
  /** Longest wait for an answer. @default 30_000 */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * The admin API of one cluster, one method per call.
 *
 * - A cluster that does not answer is CLUSTER_UNREACHABLE; an error of the server keeps its code, message and hint.
 */
export class AdminClient {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #timeoutMs: number;

  constructor({ url, token, timeoutMs = 30_000 }: AdminClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#timeoutMs = timeoutMs;
  }

  async status(options?: CallOptions): Promise<Status> {
    return readMessage('status', await this.#call('GET', 'status', undefined, options));
  }

  async pools(options?: CallOptions): Promise<readonly Pool[]> {
    return readList('pool', await this.#call('GET', 'pools', undefined, options));
  }

  async pool(name: string, options?: CallOptions): Promise<Pool> {
    return readMessage('pool', await this.#call('GET', `pools/${encodeURIComponent(name)}`, undefined, options));
  }

  async startPool(name: string, options?: CallOptions): Promise<Pool> {
    const answer = await this.#call('POST', `pools/${encodeURIComponent(name)}/start`, {}, options);
    return readMessage<{ pool: Pool }>('startedPool', answer).pool;
  }

  async stopPool(name: string, options?: CallOptions): Promise<Pool> {
    const answer = await this.#call('POST', `pools/${encodeURIComponent(name)}/stop`, {}, options);
    return readMessage<{ pool: Pool }>('stoppedPool', answer).pool;
  }

  /** Recycles every worker of a pool, or only tells what would hold it; a recycle that runs already is joined. */
  async recyclePool(name: string, request: { reason?: string; dryRun?: boolean } = {}, options?: CallOptions): Promise<RecycleAnswer> {
    return readMessage('recycling', await this.#call('POST', `pools/${encodeURIComponent(name)}/recycle`, request, options));
  }

  /** Receipts, the newest first. */
  async recycles(
    filter: { pool?: string | undefined; limit?: number | undefined } = {},
    options?: CallOptions,
  ): Promise<readonly Recycle[]> {
    return readRecycles(await this.#call('GET', `recycles${query(filter)}`, undefined, options));
  }

  /** The receipt of a recycle; `waitMs`: when it has ended, or after this time. Less than `timeoutMs`. See waitForRecycle. */
  async recycle(id: string, { waitMs }: { waitMs?: number } = {}, options?: CallOptions): Promise<Recycle> {
    return readRecycle(await this.#call('GET', `recycles/${encodeURIComponent(id)}${query({ waitMs })}`, undefined, options));
  }

  async apps(options?: CallOptions): Promise<readonly App[]> {
    return readList('app', await this.#call('GET', 'apps', undefined, options));
  }

  async app(name: string, options?: CallOptions): Promise<App> {
    return readMessage('app', await this.#call('GET', `apps/${encodeURIComponent(name)}`, undefined, options));
  }

  async workers(filter: { pool?: string | undefined } = {}, options?: CallOptions): Promise<readonly Worker[]> {
    return readList('worker', await this.#call('GET', `workers${query(filter)}`, undefined, options));
  }

  async hosts(options?: CallOptions): Promise<readonly Host[]> {
    return readList('host', await this.#call('GET', 'hosts', undefined, options));
  }

  async channels(options?: CallOptions): Promise<readonly Channel[]> {
    return readList('channel', await this.#call('GET', 'channels', undefined, options));
  }

  async keys(options?: CallOptions): Promise<readonly Key[]> {
    return readList('key', await this.#call('GET', 'keys', undefined, options));
  }

  /** Makes the next key that signs identities of workers; answers all that are good. Nothing that is connected drops. */
  async rotateKeys(options?: CallOptions): Promise<readonly Key[]> {
    return readList('key', await this.#call('POST', 'keys/rotate', {}, options));
  }

  /** The newest events, oldest of them first. */
  async events(filter: { pool?: string | undefined; limit?: number | undefined } = {}, options?: CallOptions): Promise<readonly Event[]> {
    return readList('event', await this.#call('GET', `events${query(filter)}`, undefined, options));
  }

  /** Events from now on, until the signal aborts or the cluster ends the stream; CLUSTER_UNREACHABLE when it breaks. See keepFollowing. */
  async *followEvents(filter: { pool?: string | undefined } = {}, options?: CallOptions): AsyncGenerator<Event> {
    yield* await this.openEvents(filter, options);
  }

  /** The same, returned when the cluster has begun to send: nothing that happens from then on is missed. */
  async openEvents(filter: { pool?: string | undefined } = {}, { signal }: CallOptions = {}): Promise<AsyncGenerator<Event>> {
    const response = await this.#send('GET', `events/follow${query(filter)}`, undefined, signal);
    return this.#readEvents(response.body);
  }

  async *#readEvents(body: AsyncIterable<Uint8Array> | null): AsyncGenerator<Event> {
    if (!body) return;
    const { url } = this;
    async function* bytes(): AsyncGenerator<Uint8Array> {
      try {
        yield* body!;
      } catch (error) {
        throw unreachable(url, error);
      }
    }
    for await (const line of readLines(bytes())) yield readMessage<Event>('event', JSON.parse(line));
  }

  async config(options?: CallOptions): Promise<AppliedConfig> {
    return readMessage('config', await this.#call('GET', 'config', undefined, options));
  }

  /** Makes `yaml` the configuration of the cluster, or only tells what would change. `file` is its name in messages. */
  async applyConfig(request: { yaml: string; file: string; dryRun?: boolean }, options?: CallOptions): Promise<ApplyResult> {
    return readMessage('applied', await this.#call('POST', 'config', request, options));
  }

  async #call(method: string, path: string, body: unknown, options: CallOptions = {}): Promise<unknown> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const response = await this.#send(method, path, body, options.signal ? AbortSignal.any([limit, options.signal]) : limit);
    return await response.json().catch((error: unknown) => {
      throw unreachable(this.url, error);
    });
  }

  async #send(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(this.#token && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      throw unreachable(this.url, error);
    });
    if (!response.ok) throw readError(response.status, await response.text());
    return response;
  }
}

function query(filter: Readonly<Record<string, string | number | undefined>>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) given.set(key, String(value));
  return given.size > 0 ? `?${given}` : '';
}

function unreachable(url: string, error: unknown): BatonError {
  if (error instanceof Error && error.name === 'AbortError') return new BatonError('TIMEOUT', 'the call was given up', { cause: error });
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
  return new BatonError('CLUSTER_UNREACHABLE', `no cluster answers at ${url} (${reason})`, { cause: error });
}
