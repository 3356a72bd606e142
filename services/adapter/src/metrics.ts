import type { Pool, WasClient } from '@baton/adapter-kit';
import { REFUSAL_REASONS } from '@baton/channel';
import { type Reading, reading, single } from '@baton/telemetry';
import type { Adapter } from './adapter.ts';
import { mergeSamples } from './merge-samples.ts';
import type { ConnectionFigures, Served } from './served.ts';

/** What an adapter has counted and sees now, read where it stands at the moment of a scrape: the request path only adds to plain numbers. */
export function readAdapter(
  adapter: Adapter,
  was: WasClient,
  now: () => number = () => performance.now(),
  others: readonly Served[] = [],
): Reading[] {
  const pools = [...adapter.pools.values(), ...others.flatMap((other) => [...other.adapter.pools.values()])];
  return [
    ...readRequests(pools),
    ...readQueues(pools, now()),
    ...readChannels(adapter, pools),
    ...readListeners(adapter),
    ...readConnections(adapter, others),
    ...readWas([was, ...others.map((other) => other.was)]),
  ].map(mergeSamples);
}

const ofPool = (pool: Pool) => ({ pool: pool.id, protocol: pool.protocol });

function readRequests(pools: readonly Pool[]): Reading[] {
  return [
    reading(
      'requestDuration',
      pools.flatMap((pool) =>
        [...pool.counters.durations.all()].map(({ method, status, outcome, isEncrypted, histogram }) => ({
          labels: {
            ...ofPool(pool),
            outcome,
            'http.request.method': method,
            'http.response.status_code': String(status),
            'url.scheme': isEncrypted ? 'https' : 'http',
          },
          value: histogram,
        })),
      ),
    ),
    reading(
      'requests',
      pools.flatMap((pool) => {
        const { answered, refused, failed, clientClosed } = pool.counters;
        const counts = { answered, refused, failed, client_closed: clientClosed };
        return Object.entries(counts).map(([outcome, value]) => ({ labels: { ...ofPool(pool), outcome }, value }));
      }),
    ),
    reading(
      'requestsAdmitted',
      pools.map((pool) => ({ labels: ofPool(pool), value: pool.counters.admitted })),
    ),
    reading(
      'requestsRefused',
      pools.flatMap((pool) => [...pool.counters.refusals].map(([cause, value]) => ({ labels: { ...ofPool(pool), cause }, value }))),
    ),
    reading(
      'requestsMoved',
      pools.map((pool) => ({ labels: ofPool(pool), value: pool.counters.moved })),
    ),
    reading(
      'requestsReplayed',
      pools.map((pool) => ({ labels: ofPool(pool), value: pool.counters.replayed })),
    ),
    reading(
      'activationWaits',
      pools.map((pool) => ({ labels: ofPool(pool), value: pool.counters.activations })),
    ),
    reading(
      'requestsInFlight',
      pools.map((pool) => ({ labels: ofPool(pool), value: pool.place.inFlight })),
    ),
  ];
}

function readQueues(pools: readonly Pool[], now: number): Reading[] {
  const age = ({ place }: Pool): number => Math.max(0, now - (place.parked.first()?.arrivedAtMs ?? now)) / 1_000;
  return [
    reading(
      'queueDepth',
      pools.map((pool) => ({ labels: ofPool(pool), value: pool.place.parked.size })),
    ),
    reading(
      'queueAge',
      pools.map((pool) => ({ labels: ofPool(pool), value: age(pool) })),
    ),
  ];
}

function readChannels(adapter: Adapter, pools: readonly Pool[]): Reading[] {
  const ids = [...new Set(pools.map(({ id }) => id))];
  const traffic = adapter.traffic();
  const sessions = Object.groupBy(adapter.sessions(), ({ identity }) => identity.pool);
  return [
    reading(
      'channelSessions',
      ids.map((id) => ({ labels: { pool: id }, value: sessions[id]?.length ?? 0 })),
    ),
    reading(
      'channelFrames',
      ids.flatMap((id) => [
        { labels: { pool: id, direction: 'sent' }, value: traffic.get(id)?.framesSent ?? 0 },
        { labels: { pool: id, direction: 'received' }, value: traffic.get(id)?.framesReceived ?? 0 },
      ]),
    ),
    reading(
      'channelBytes',
      ids.flatMap((id) => [
        { labels: { pool: id, direction: 'sent' }, value: traffic.get(id)?.bytesSent ?? 0 },
        { labels: { pool: id, direction: 'received' }, value: traffic.get(id)?.bytesReceived ?? 0 },
      ]),
    ),
    reading(
      'channelRefusals',
      REFUSAL_REASONS.map((reason) => ({ labels: { reason }, value: adapter.refusals.counts.get(reason) ?? 0 })),
    ),
    reading(
      'handovers',
      ids.flatMap((id) =>
        (['done', 'notReady', 'busy'] as const).map((outcome) => ({
          labels: { pool: id, outcome },
          value: pools.reduce((sum, pool) => sum + (pool.id === id ? pool.counters.handovers[outcome] : 0), 0),
        })),
      ),
    ),
  ];
}

function readListeners(adapter: Adapter): Reading[] {
  const listeners = adapter.listeners.all();
  const faults = new Map<number, number>();
  for (const listener of listeners) for (const [status, count] of listener.faults) faults.set(status, (faults.get(status) ?? 0) + count);
  return [
    single('requestsUnrouted', adapter.unrouted, {}),
    reading(
      'requestsMalformed',
      [...faults].map(([status, value]) => ({ labels: { status: String(status) }, value })),
    ),
    single('accessLogDropped', adapter.accessLog?.dropped ?? 0, {}),
  ];
}

function readConnections(adapter: Adapter, others: readonly Served[]): Reading[] {
  const http: ConnectionFigures = {
    connectionCount: adapter.listeners.connectionCount,
    accepted: adapter.listeners.all().reduce((sum, { accepted }) => sum + accepted, 0),
  };
  const all = [
    { protocol: 'http', figures: http },
    ...others.map((other) => ({ protocol: other.adapter.protocol, figures: other.figures?.() })),
  ];
  const known = all.flatMap(({ protocol, figures }) => (figures ? [{ protocol, ...figures }] : []));
  return [
    reading(
      'connections',
      known.map(({ protocol, connectionCount }) => ({ labels: { protocol }, value: connectionCount })),
    ),
    reading(
      'connectionsAccepted',
      known.map(({ protocol, accepted }) => ({ labels: { protocol }, value: accepted })),
    ),
    reading(
      'connectionsRefused',
      known.flatMap(({ protocol, refusals }) => [...(refusals ?? [])].map(([cause, value]) => ({ labels: { protocol, cause }, value }))),
    ),
  ];
}

/** Registered means with every protocol. */
function readWas(all: readonly WasClient[]): Reading[] {
  const isConnected = all.every((was) => was.isConnected);
  return [single('wasConnected', isConnected ? 1 : 0, {}), single('leaderEpoch', Math.max(...all.map(({ epoch }) => epoch)), {})];
}
