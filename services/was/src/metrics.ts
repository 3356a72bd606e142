import { channelsOf } from './cluster/cluster.ts';
import type { Engine } from './reconcile/engine.ts';
import { WORKER_STATES } from './worker/states.ts';

/** The leader's figures in Prometheus text; labels are bounded by the configuration. */
export function renderMetrics(engine: Engine, isRedisUp: boolean): string {
  const { cluster } = engine;
  const lines: string[] = [];
  const metric = (
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    samples: readonly (readonly [Readonly<Record<string, string>>, number])[],
  ) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`${name}${formatLabels(labels)} ${value}`);
  };
  metric('baton_leader_epoch', 'gauge', 'Fencing number of this leader.', [[{}, engine.epoch()]]);
  metric('baton_redis_connected', 'gauge', 'Whether Redis answers.', [[{}, isRedisUp ? 1 : 0]]);
  const pools = [...cluster.pools.values()];
  metric(
    'baton_worker_processes',
    'gauge',
    'Workers by pool and state.',
    pools.flatMap(({ name }) =>
      WORKER_STATES.map((state) => {
        const count = [...cluster.workers.values()].filter(({ record }) => record.pool === name && record.state === state).length;
        return [{ pool: name, state }, count] as const;
      }),
    ),
  );
  metric(
    'baton_pool_started',
    'gauge',
    'Whether the pool is started.',
    pools.map(({ name, state }) => [{ pool: name }, state === 'started' ? 1 : 0]),
  );
  metric(
    'baton_pool_failing',
    'gauge',
    'Whether starts of the pool fail.',
    pools.map(({ name, failing }) => [{ pool: name }, failing ? 1 : 0]),
  );
  metric(
    'baton_pool_parked',
    'gauge',
    'Requests that wait, as adapters last reported.',
    pools.map(({ name }) => [{ pool: name }, total(name, 'parked')]),
  );
  metric(
    'baton_pool_in_flight',
    'gauge',
    'Requests in flight, as adapters last reported.',
    pools.map(({ name }) => [{ pool: name }, total(name, 'inFlight')]),
  );
  const attached = (things: Iterable<boolean>) => [...things].filter(Boolean).length;
  metric('baton_hosts_attached', 'gauge', 'Attached worker hosts.', [
    [{}, attached([...cluster.hosts.values()].map(({ isConnected }) => isConnected))],
  ]);
  metric('baton_adapters_attached', 'gauge', 'Attached adapters.', [
    [{}, attached([...cluster.adapters.values()].map(({ isAttached }) => isAttached))],
  ]);
  const activations = [...engine.figures.activations.values()];
  metric(
    'baton_activations_total',
    'counter',
    'Workers that became ready.',
    activations.map(({ labels, count }) => [labels, count]),
  );
  metric(
    'baton_activation_seconds_total',
    'counter',
    'Time from the decision to ready, summed.',
    activations.map(({ labels, sumMs }) => [labels, sumMs / 1_000]),
  );
  const failures = [...engine.figures.failures.values()];
  metric(
    'baton_worker_failures_total',
    'counter',
    'Failed starts and crashes.',
    failures.map(({ labels, count }) => [labels, count]),
  );
  metric(
    'baton_events_total',
    'counter',
    'Events since this leader took over.',
    [...engine.events.counts].map(([type, count]) => [{ type }, count]),
  );
  return `${lines.join('\n')}\n`;

  function total(pool: string, figure: 'parked' | 'inFlight'): number {
    return channelsOf(cluster, pool).reduce((sum, channel) => sum + channel[figure], 0);
  }
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}
