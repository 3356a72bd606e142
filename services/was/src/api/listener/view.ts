import type { AppConfig, Config, PoolConfig } from '@baton/config';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Pool } from '../../cluster/pool.ts';
import { bindingsOf, isBlocked } from './of-config.ts';

/** A pool as an adapter is told of it. */
export interface PoolView {
  readonly poolId: string;
  readonly identity: string;
  readonly isEnabled: boolean;
  /** Why it is not enabled. */
  readonly cause: string;
  readonly settings: ReturnType<typeof poolSettings>;
}

/** An application as the adapters of one protocol are told of it. */
export interface AppView {
  readonly appKey: string;
  readonly poolId: string;
  /** Those of the protocol. */
  readonly bindings: readonly string[];
  readonly isBlocked: boolean;
  readonly settings: ReturnType<typeof appSettings>;
}

/** Pools that host an application with bindings of the protocol. */
export function poolsFor({ config, pools }: Pick<Cluster, 'config' | 'pools'>, protocol: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { pool, bindings } of config?.parsed.apps ?? []) {
    if (pools.get(pool)?.isRemoved === false && bindings.some((binding) => binding.protocol === protocol)) names.add(pool);
  }
  return names;
}

/** What all listeners of an adapter go by. */
export interface ListenerView {
  readonly onWasLost: string;
  readonly tls: readonly { readonly host: string; readonly certPath: string; readonly keyPath: string }[];
}

export interface View {
  readonly listener: ListenerView;
  readonly pools: ReadonlyMap<string, PoolView>;
  readonly apps: ReadonlyMap<string, AppView>;
}

/** What the adapters of a protocol should know: the applications that have bindings of it, and the pools that host them. */
export function viewFor({ config, pools }: Pick<Cluster, 'config' | 'pools'>, protocol: string): View {
  const view = { listener: listenerOf(config?.parsed), pools: new Map<string, PoolView>(), apps: new Map<string, AppView>() };
  for (const app of config?.parsed.apps ?? []) {
    const bindings = bindingsOf(app, protocol);
    const pool = pools.get(app.pool);
    if (bindings.length === 0 || !pool || pool.isRemoved) continue;
    view.pools.set(pool.name, viewPool(pool));
    const settings = appSettings(app, config!.parsed, protocol);
    view.apps.set(app.name, { appKey: app.name, poolId: app.pool, bindings, isBlocked: isBlocked(app, protocol), settings });
  }
  return view;
}

function listenerOf(config: Config | undefined): ListenerView {
  const tls = (config?.tls ?? []).map(({ host, cert, key }) => ({ host, certPath: cert, keyPath: key }));
  return { onWasLost: config?.listen.onWasLost ?? 'serve', tls };
}

export function viewPool({ name, config, state, cause }: Pool): PoolView {
  const isEnabled = state === 'started';
  return { poolId: name, identity: config.identity, isEnabled, cause: isEnabled ? '' : cause, settings: poolSettings(config) };
}

function poolSettings({ queueLength, startMode, processModel, drain }: PoolConfig) {
  const { pingingEnabled, pingIntervalMs, pingResponseTimeMs } = processModel;
  const { policy, graceMs, maxDrainAgeMs } = drain;
  return {
    queueLength,
    startMode: startMode as string,
    pingingEnabled,
    pingIntervalMs,
    pingResponseTimeMs,
    drain: { policy: policy as string, graceMs, maxDrainAgeMs },
  };
}

function appSettings(
  { limits, replaySafe, proxyProtocol, bindings }: AppConfig,
  { trustProxy, diagnosticHeaders, queues }: Config,
  protocol: string,
) {
  const { queueTimeoutMs, requestTimeoutMs, headersTimeoutMs, idleTimeoutMs, maxHeaderBytes, maxBodyBytes, maxConnections } = limits;
  return {
    limits: { queueTimeoutMs, requestTimeoutMs, headersTimeoutMs, idleTimeoutMs, maxHeaderBytes, maxBodyBytes, maxConnections },
    trustProxy,
    diagnosticHeaders,
    replaySafe,
    proxyProtocol: proxyProtocol === 'v2',
    queues: protocol === 'queue' ? bindings.flatMap(({ queue = '' }) => (queues[queue] ? [{ queue, ...queues[queue] }] : [])) : [],
  };
}
