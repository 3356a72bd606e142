import type { Pool, WasClient } from '@baton/adapter-kit';
import { REFUSAL_REASONS } from '@baton/channel';
import { type Reading, reading, single } from '@baton/telemetry';
import type { Adapter } from './adapter.ts';

/** The one protocol of this release. */
const PROTOCOL = 'http';

/** What an adapter has counted and sees now, read where it stands at the moment of a scrape: the request path only adds to plain numbers. */
export function readAdapter(adapter: Adapter, was: WasClient, now: () => number = () => performance.now()): Reading[] {
  const pools = [...adapter.pools.values()];
  return [...readRequests(pools), ...readQueues(pools, now()), ...readChannels(adapter, pools), ...readListeners(adapter), ...readWas(was)];
}

function readRequests(pools: readonly Pool[]): Reading[] {
  const ofPool = (pool: Pool) => ({ pool: pool.id, protocol: PROTOCOL });
  return [
    reading(
      'requestDuration',
      pools.flatMap((pool) =>
        [...pool.counters.durations.all()].map(({ method, status, outcome, histogram }) => ({
          labels: {
            ...ofPool(pool),
            outcome,
            'http.request.method': method,
            'http.response.status_code': String(status),
            'url.scheme': 'http',
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
      pools.map((pool) => ({ labels: { pool: pool.id, protocol: PROTOCOL }, value: pool.place.parked.size })),
    ),
    reading(
      'queueAge',
      pools.map((pool) => ({ labels: { pool: pool.id, protocol: PROTOCOL }, value: age(pool) })),
    ),
  ];
}

function readChannels(adapter: Adapter, pools: readonly Pool[]): Reading[] {
  const traffic = adapter.traffic();
  const sessions = Object.groupBy(adapter.sessions(), ({ identity }) => identity.pool);
  return [
    reading(
      'channelSessions',
      pools.map(({ id }) => ({ labels: { pool: id }, value: sessions[id]?.length ?? 0 })),
    ),
    reading(
      'channelFrames',
      pools.flatMap(({ id }) => [
        { labels: { pool: id, direction: 'sent' }, value: traffic.get(id)?.framesSent ?? 0 },
        { labels: { pool: id, direction: 'received' }, value: traffic.get(id)?.framesReceived ?? 0 },
      ]),
    ),
    reading(
      'channelBytes',
      pools.flatMap(({ id }) => [
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
      pools.flatMap(({ id, counters }) =>
        Object.entries(counters.handovers).map(([outcome, value]) => ({ labels: { pool: id, outcome }, value })),
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
    single('connections', adapter.listeners.connectionCount, {}),
    single(
      'connectionsAccepted',
      listeners.reduce((sum, { accepted }) => sum + accepted, 0),
      {},
    ),
    single('accessLogDropped', adapter.accessLog?.dropped ?? 0, {}),
  ];
}

function readWas(was: WasClient): Reading[] {
  return [single('wasConnected', was.isConnected ? 1 : 0, {}), single('leaderEpoch', was.epoch, {})];
}
