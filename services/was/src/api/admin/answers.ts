import { type Config, diffConfig, parseConfig } from '@baton/config';
import { BatonError } from '@baton/core';
import { admin, create, timestampFromMs } from '@baton/proto';
import type { StoredEvent } from '@baton/store';
import type { Pool } from '../../cluster/pool.ts';
import type { KeyRing } from '../../keys/key-ring.ts';
import { applyConfig } from '../../pool/apply.ts';
import { findPool, startPool, stopPool } from '../../pool/control.ts';
import type { Engine } from '../../reconcile/engine.ts';
import type { Rollouts } from '../../rollout/rollouts.ts';
import { viewRollout } from '../../rollout/view.ts';
import { getRecycle, listRecycles, type RecycleAsk, recyclePool } from './recycles.ts';
import { isReady, viewAdapters, viewApps, viewChannel, viewEvent, viewHost, viewKey, viewPool, viewWorker } from './views.ts';

export interface AdminOptions {
  readonly engine: Engine;
  /** Release of this service. */
  readonly version: string;
  readonly startedAtMs: number;
  /** Host under which bindings to any address are reached. */
  readonly advertise: string;
  readonly isRedisUp: () => boolean;
  readonly keys: Pick<KeyRing, 'rotate' | 'signing'>;
  readonly rollouts: Rollouts;
  /** A configuration was applied. */
  readonly onApplied: () => void;
  /** The newest events, oldest first. */
  readonly listEvents: (limit: number, pool?: string) => Promise<StoredEvent[]>;
}

const EVENTS_BY_DEFAULT = 100;
const MOST_EVENTS = 10_000;

/** The admin API, one method per call of baton.admin.v1; HTTP and gRPC serve the same answers. */
export class AdminAnswers {
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    this.#options = options;
  }

  getStatus(): admin.GetStatusResponse {
    const { engine, version, startedAtMs, isRedisUp } = this.#options;
    const { cluster } = engine;
    return create(admin.GetStatusResponseSchema, {
      clusterId: cluster.id,
      epoch: engine.epoch(),
      startedAt: timestampFromMs(startedAtMs),
      ready: isReady(cluster),
      redisConnected: isRedisUp(),
      pools: this.listPools().pools,
      workers: this.listWorkers('').workers,
      hosts: this.listHosts().hosts,
      adapters: viewAdapters(cluster),
      version,
    });
  }

  listPools(): admin.ListPoolsResponse {
    const pools = [...this.#options.engine.cluster.pools.values()].filter(({ isRemoved }) => !isRemoved);
    return create(admin.ListPoolsResponseSchema, { pools: pools.map((pool) => this.#view(pool)) });
  }

  getPool(name: string): admin.Pool {
    return this.#view(findPool(this.#options.engine, name));
  }

  async startPool(name: string): Promise<admin.StartPoolResponse> {
    const { engine } = this.#options;
    this.#needRedis();
    const pool = await startPool(engine, name);
    return create(admin.StartPoolResponseSchema, { pool: this.#view(pool) });
  }

  async stopPool(name: string): Promise<admin.StopPoolResponse> {
    const { engine } = this.#options;
    this.#needRedis();
    const pool = await stopPool(engine, name);
    return create(admin.StopPoolResponseSchema, { pool: this.#view(pool) });
  }

  async recyclePool(request: RecycleAsk): Promise<admin.RecyclePoolResponse> {
    if (!request.dryRun) this.#needRedis();
    return recyclePool(this.#options.engine, request);
  }

  async listRecycles(pool: string, limit: number): Promise<admin.ListRecyclesResponse> {
    this.#needRedis();
    return listRecycles(this.#options.engine, pool, limit);
  }

  getRecycle(id: string, waitMs: number, signal?: AbortSignal): Promise<admin.GetRecycleResponse> {
    return getRecycle(this.#options.engine, id, waitMs, signal);
  }

  listApps(): admin.ListAppsResponse {
    const { engine, advertise } = this.#options;
    return create(admin.ListAppsResponseSchema, { apps: viewApps(engine.cluster, advertise) });
  }

  getApp(name: string): admin.App {
    const { apps } = this.listApps();
    const app = apps.find((one) => one.name === name);
    if (app) return app;
    const names = apps.map((one) => one.name).join(', ') || 'none';
    throw new BatonError('NOT_FOUND', `there is no app "${name}"; there ${apps.length === 1 ? 'is' : 'are'} ${names}`);
  }

  listWorkers(pool: string): admin.ListWorkersResponse {
    const { engine } = this.#options;
    if (pool !== '') findPool(engine, pool);
    const workers = [...engine.cluster.workers.values()].filter(({ record }) => pool === '' || record.pool === pool);
    return create(admin.ListWorkersResponseSchema, { workers: workers.map((worker) => viewWorker(worker, engine.time.now())) });
  }

  listHosts(): admin.ListHostsResponse {
    const { cluster } = this.#options.engine;
    return create(admin.ListHostsResponseSchema, { hosts: [...cluster.hosts.values()].map((host) => viewHost(cluster, host)) });
  }

  listChannels(): admin.ListChannelsResponse {
    const { cluster } = this.#options.engine;
    return create(admin.ListChannelsResponseSchema, {
      channels: [...cluster.channels.values()].map((channel) => viewChannel(cluster, channel)),
    });
  }

  /** `limit` 0: a hundred. */
  async listEvents(pool: string, limit: number): Promise<admin.ListEventsResponse> {
    const { engine, listEvents } = this.#options;
    if (pool !== '') findPool(engine, pool);
    if (!Number.isInteger(limit) || limit < 0 || limit > MOST_EVENTS) {
      throw new BatonError('INVALID_ARGUMENT', `limit is a number from 0 to ${MOST_EVENTS}, got ${limit}`);
    }
    this.#needRedis();
    const events = await listEvents(limit || EVENTS_BY_DEFAULT, pool || undefined);
    return create(admin.ListEventsResponseSchema, { events: events.map(viewEvent) });
  }

  /** Calls for each event from now on; the returned function ends it. */
  followEvents(pool: string, follower: (event: admin.Event) => void): () => void {
    const { engine } = this.#options;
    if (pool !== '') findPool(engine, pool);
    return engine.events.follow((event) => {
      if (pool === '' || event.pool === pool) follower(viewEvent(event));
    });
  }

  listKeys(): admin.ListKeysResponse {
    const { engine, keys } = this.#options;
    return create(admin.ListKeysResponseSchema, { keys: engine.cluster.keys.map((key) => viewKey(key, keys.signing)) });
  }

  /** Makes the next key that signs worker identities; one that is under way already is it. */
  async rotateKeys(): Promise<admin.RotateKeysResponse> {
    this.#needRedis();
    await this.#options.keys.rotate('admin');
    return create(admin.RotateKeysResponseSchema, { keys: this.listKeys().keys });
  }

  getConfig(): admin.GetConfigResponse {
    const config = this.#options.engine.cluster.config;
    return create(admin.GetConfigResponseSchema, { yaml: config?.yaml ?? '', file: config?.file ?? '' });
  }

  /** Checks a configuration, tells what it changes and, unless it is a dry run, makes it the one that holds. */
  async applyConfig({ yaml, file, dryRun }: admin.ApplyConfigRequest): Promise<admin.ApplyConfigResponse> {
    const { engine, rollouts, onApplied } = this.#options;
    const parsed = parseConfig(yaml, { file: file || 'baton.yaml' });
    const before = engine.cluster.config?.parsed ?? NOTHING;
    const changes = diffConfig(before, parsed).map((change) => create(admin.ChangeSchema, { ...change, effect: EFFECTS[change.effect] }));
    const recyclingPools = rollouts.poolsToRecycle(parsed);
    if (!dryRun) {
      this.#needRedis();
      const appliedAtMs = engine.time.now();
      await engine.fenced((store) => store.saveConfig({ yaml, file, appliedAtMs }));
      applyConfig(engine, { parsed, yaml, file, appliedAtMs }, new Map());
      engine.events.tell({ type: 'config.applied', message: `${file || 'a configuration'} is applied, ${changes.length} changes` });
      onApplied();
    }
    return create(admin.ApplyConfigResponseSchema, { changes, applied: !dryRun, recyclingPools });
  }

  #view(pool: Pool): admin.Pool {
    const { engine, rollouts } = this.#options;
    return viewPool(engine.cluster, pool, viewRollout(engine, rollouts, pool));
  }

  /** What has to be written now is refused without Redis: an operator would not know whether it still happens. */
  #needRedis(): void {
    if (!this.#options.isRedisUp()) throw new BatonError('REDIS_UNREACHABLE', 'Redis does not answer, nothing was changed');
  }
}

/** What runs before the first configuration. */
const NOTHING: Config = parseConfig('apiVersion: baton/v1\n', { file: 'nothing' });

/** What an operator reads for an effect. */
const EFFECTS = {
  'in place': 'acts now',
  recycle: 'running workers are recycled slot by slot',
  'new workers': 'acts at the next start of a worker; running ones keep the old value (disallowRotationOnConfigChange)',
  listeners: 'adapters change their listeners now',
  pool: 'the pool is made or removed now',
  none: 'read by "baton up" at its next start',
} as const;
