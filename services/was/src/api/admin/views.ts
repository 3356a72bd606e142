import type { Binding } from '@baton/config';
import { endpointOf } from '@baton/core';
import { admin, create, timestampFromMs } from '@baton/proto';
import { channelRef, type StoredEvent, type StoredKey } from '@baton/store';
import type { Channel } from '../../cluster/channel.ts';
import { type Cluster, channelsOf, isRequired } from '../../cluster/cluster.ts';
import type { Host } from '../../cluster/host.ts';
import type { Pool } from '../../cluster/pool.ts';
import type { Worker } from '../../cluster/worker.ts';
import { stateOf } from '../../keys/ring.ts';

/** What operators see of the leader's memory: one function per noun, pure. */

export function viewPool(cluster: Cluster, pool: Pool, rollout?: admin.Rollout): admin.Pool {
  const channels = channelsOf(cluster, pool.name);
  const sum = (count: (channel: Channel) => number) => channels.reduce((total, channel) => total + count(channel), 0);
  return create(admin.PoolSchema, {
    name: pool.name,
    state: pool.state === 'stopped' ? 'stopped' : pool.failing ? 'failing' : 'started',
    startMode: pool.config.startMode,
    maxProcesses: pool.config.processModel.maxProcesses,
    workers: [...cluster.workers.values()].filter(({ record }) => record.pool === pool.name).length,
    parked: sum(({ parked }) => parked),
    inFlight: sum(({ inFlight }) => inFlight),
    requestsTotal: pool.requestsBefore + sum(({ requestsTotal }) => requestsTotal),
    apps: pool.apps.map(({ name }) => name),
    cause: pool.state === 'stopped' ? pool.cause : pool.failing ? `${pool.failing.code}: ${pool.failing.cause}` : '',
    settingsJson: JSON.stringify(pool.config),
    recycles: recyclesOf(cluster, pool),
    ...(rollout ? { rollout } : {}),
  });
}

/** Those that run or wait for their turn, in the order in which they were asked for. */
function recyclesOf({ receipts }: Cluster, { name }: Pool): string[] {
  return [...receipts.values()].filter(({ pool, outcome }) => pool === name && outcome === 'running').map(({ id }) => id);
}

/** `advertise`: the host by which a binding to any address is reached. */
export function viewApps(cluster: Cluster, advertise: string): admin.App[] {
  return (cluster.config?.parsed.apps ?? []).map(({ name, pool, entry, bindings, version }) =>
    create(admin.AppSchema, {
      name,
      pool,
      entry,
      bindings: bindings.map(({ text }) => text),
      urls: bindings.map((binding) => urlOf(binding, advertise)),
      version: version ?? '',
    }),
  );
}

/** Where a client finds it: a binding to any address by `advertise`; a queue, and what another adapter listens on, as written. */
function urlOf({ text, host, port, path }: Binding, advertise: string): string {
  const scheme = text.slice(0, text.indexOf(':')).toLowerCase();
  if (port === 0) return text;
  const address = `${scheme}://${endpointOf(host === '*' ? advertise : host, port)}`;
  return scheme.startsWith('http') ? `${address}${path}` : address;
}

export function viewWorker({ record, view }: Worker, now: number): admin.Worker {
  return create(admin.WorkerSchema, {
    id: record.id,
    pool: record.pool,
    slot: record.slot,
    host: record.host,
    pid: view.pid,
    generation: record.generation,
    state: record.state,
    startedAt: timestampFromMs(Math.round(view.startedAtMs)),
    uptimeMs: Math.max(0, now - view.startedAtMs),
    requestsServed: view.requestsServed,
    inFlight: view.inFlight,
    rssBytes: view.rssBytes,
    extraPorts: view.extraListens.map(({ wanted, actual }) => `${actual} for ${wanted}`),
    fromSpare: view.isFromSpare,
  });
}

export function viewHost(cluster: Cluster, host: Host): admin.Host {
  return create(admin.HostSchema, {
    id: host.id,
    advertise: host.advertise,
    pid: host.pid,
    state: host.state === 'attached' && host.hasReported ? 'attached' : 'lost',
    workers: [...cluster.workers.values()].filter(({ record }) => record.host === host.id).length,
    capacity: host.capacity,
    spares: host.spares,
    freeMemoryBytes: host.freeMemoryBytes,
    lastHeartbeatAt: timestampFromMs(host.heardAtMs),
  });
}

/** One for each process, whatever protocols it has registered; it is attached when all of them are. */
export function viewAdapters({ registrations }: Cluster): admin.Adapter[] {
  const ids = new Set([...registrations.values()].map(({ adapterId }) => adapterId));
  return [...ids].map((id) => {
    const own = [...registrations.values()].filter(({ adapterId }) => adapterId === id);
    return create(admin.AdapterSchema, {
      id,
      protocol: own.map(({ protocol }) => protocol).join(', '),
      pid: Math.max(...own.map(({ pid }) => pid)),
      attached: own.every(({ isAttached }) => isAttached),
      registeredAt: timestampFromMs(Math.max(...own.map(({ registeredAtMs }) => registeredAtMs))),
    });
  });
}

export function viewChannel(cluster: Cluster, channel: Channel): admin.Channel {
  const { protocol, pool, channelId, adapterId, blob } = channel;
  const ref = channelRef(adapterId, channelId);
  return create(admin.ChannelSchema, {
    protocol,
    pool,
    channelId,
    adapter: adapterId,
    blobBytes: blob.length,
    connectedWorkers: [...cluster.workers.values()].filter(({ view }) => view.connected.has(ref)).map(({ record }) => record.id),
    attached: isRequired(channel),
  });
}

/** `signing`: id of the key that signs now. */
export function viewKey(key: StoredKey, signing: string): admin.Key {
  const { kid, createdAtMs, signsFromMs, goodUntilMs } = key;
  return create(admin.KeySchema, {
    id: kid,
    state: stateOf(key, signing),
    createdAt: timestampFromMs(createdAtMs),
    signsFrom: timestampFromMs(signsFromMs),
    ...(goodUntilMs === undefined ? {} : { goodUntil: timestampFromMs(goodUntilMs) }),
  });
}

export function viewEvent(event: StoredEvent): admin.Event {
  return create(admin.EventSchema, {
    id: event.id ?? '',
    at: timestampFromMs(event.atMs),
    type: event.type,
    pool: event.pool ?? '',
    worker: event.worker ?? '',
    host: event.host ?? '',
    cause: event.cause ?? '',
    message: event.message,
    generation: event.generation ?? 0,
    slot: event.slot ?? '',
    recycle: event.recycle ?? '',
    channel: event.channel ?? '',
    from: event.from ?? '',
    to: event.to ?? '',
    inFlight: event.inFlight ?? 0,
  });
}

/** A configuration is applied, and at least one host and one adapter are attached. */
export function isReady({ config, hosts, registrations }: Cluster): boolean {
  const hasHost = [...hosts.values()].some(({ state, isConnected }) => state === 'attached' && isConnected);
  return config !== undefined && hasHost && [...registrations.values()].some(({ isAttached }) => isAttached);
}
