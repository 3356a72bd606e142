import { type Reading, reading, single } from '@baton/telemetry';
import { viewAdapters } from './api/admin/views.ts';
import { channelsOf } from './cluster/cluster.ts';
import type { Engine } from './reconcile/engine.ts';
import { WORKER_STATES } from './worker/states.ts';

/** The leader's figures, read where they stand at the moment of a scrape; labels are bounded by the configuration. */
export function readWas(engine: Engine, isRedisUp: boolean): Reading[] {
  return [
    single('leaderEpoch', engine.epoch(), {}),
    single('redisConnected', isRedisUp ? 1 : 0, {}),
    ...readPools(engine),
    ...readCluster(engine),
    ...readWorkers(engine),
    ...readRecycles(engine),
    reading(
      'events',
      [...engine.events.counts].map(([type, value]) => ({ labels: { type }, value })),
    ),
  ];
}

function readPools({ cluster, figures }: Engine): Reading[] {
  const pools = [...cluster.pools.values()];
  const total = (pool: string, figure: 'parked' | 'inFlight') =>
    channelsOf(cluster, pool).reduce((sum, channel) => sum + channel[figure], 0);
  return [
    reading(
      'workerProcesses',
      pools.flatMap(({ name }) =>
        WORKER_STATES.map((state) => {
          const value = [...cluster.workers.values()].filter(({ record }) => record.pool === name && record.state === state).length;
          return { labels: { pool: name, state }, value };
        }),
      ),
    ),
    reading(
      'poolStarted',
      pools.map(({ name, state }) => ({ labels: { pool: name }, value: state === 'started' ? 1 : 0 })),
    ),
    reading(
      'poolFailing',
      pools.map(({ name, failing }) => ({ labels: { pool: name }, value: failing ? 1 : 0 })),
    ),
    reading(
      'poolRapidFail',
      pools.map(({ name }) => ({ labels: { pool: name }, value: 0 })),
    ),
    reading(
      'poolParked',
      pools.map(({ name }) => ({ labels: { pool: name }, value: total(name, 'parked') })),
    ),
    reading(
      'poolInFlight',
      pools.map(({ name }) => ({ labels: { pool: name }, value: total(name, 'inFlight') })),
    ),
    reading(
      'poolLastFailure',
      [...figures.lastFailureAtMs].map(([pool, atMs]) => ({ labels: { pool }, value: atMs / 1_000 })),
    ),
  ];
}

function readCluster({ cluster }: Engine): Reading[] {
  const count = (things: readonly boolean[]) => things.filter(Boolean).length;
  return [
    single('hostsAttached', count([...cluster.hosts.values()].map(({ isConnected }) => isConnected)), {}),
    single('adaptersAttached', count(viewAdapters(cluster).map(({ attached }) => attached)), {}),
  ];
}

function readWorkers({ figures }: Engine): Reading[] {
  return [
    reading('activations', figures.activations.samples),
    reading('activationDuration', figures.activationTimes.samples),
    reading('workerFailures', figures.failures.samples),
  ];
}

function readRecycles({ cluster, figures, receipts }: Engine): Reading[] {
  const pools = [...cluster.pools.keys()];
  const running = receipts.running;
  const lost = new Map(figures.lost.samples.map(({ labels, value }) => [labels.pool, value]));
  return [
    reading('recycles', figures.recycles.samples),
    reading(
      'recyclesRunning',
      pools.map((pool) => ({ labels: { pool }, value: running.filter((receipt) => receipt.pool === pool).length })),
    ),
    reading('recyclesIncomplete', figures.recyclesIncomplete.samples),
    reading('recycleDuration', figures.recycleTimes.samples),
    reading('recycleOverlap', figures.overlaps.samples),
    reading('recyclePhase', figures.phases.samples),
    reading('recycleHold', figures.holds.samples),
    reading('recycleRequests', figures.crossings.samples),
    // Told before there is any: an alert on what is missing would otherwise never end.
    reading(
      'requestsLost',
      [...new Set([...pools, ...lost.keys()])].map((pool) => ({ labels: { pool }, value: lost.get(pool) ?? 0 })),
    ),
  ];
}
