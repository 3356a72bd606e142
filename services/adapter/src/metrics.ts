import type { Adapter } from './adapter.ts';
import type { Pool } from './pool.ts';
import type { WasClient } from './was/was-client.ts';

type Kind = 'counter' | 'gauge';

/** What is counted per pool: name, kind, help, where it is. */
const POOL_METRICS: readonly (readonly [string, Kind, string, (pool: Pool) => number])[] = [
  ['baton_requests_total', 'counter', 'Requests admitted.', ({ counters }) => counters.admitted],
  ['baton_requests_answered_total', 'counter', 'Requests answered by a worker.', ({ counters }) => counters.answered],
  [
    'baton_requests_refused_total',
    'counter',
    'Requests answered by the adapter itself: queue, timeouts, stopped pools.',
    ({ counters }) => counters.refused,
  ],
  [
    'baton_requests_lost_total',
    'counter',
    'Requests that a worker had and could not answer: 502 or broken.',
    ({ counters }) => counters.failed,
  ],
  ['baton_requests_client_closed_total', 'counter', 'Requests whose client left.', ({ counters }) => counters.clientClosed],
  ['baton_requests_moved_total', 'counter', 'Requests that a worker had not begun, given to another.', ({ counters }) => counters.moved],
  ['baton_requests_replayed_total', 'counter', 'Safe requests run again after a worker died.', ({ counters }) => counters.replayed],
  ['baton_activation_waits_total', 'counter', 'Requests that waited for a worker to start.', ({ counters }) => counters.activations],
  ['baton_queue_depth', 'gauge', 'Requests waiting for a worker.', ({ place }) => place.parked.size],
  ['baton_requests_in_flight', 'gauge', 'Requests with workers.', ({ place }) => place.inFlight],
];

/** Prometheus text. Labels are bounded: pool and status only. */
export function metricsText(adapter: Adapter, was: WasClient): string {
  const lines: string[] = [];
  const add = (name: string, kind: Kind, help: string, samples: readonly (readonly [string, number])[]): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
    for (const [labels, value] of samples) lines.push(`${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  };
  const pools = [...adapter.pools.values()];
  for (const [name, kind, help, value] of POOL_METRICS) {
    add(
      name,
      kind,
      help,
      pools.map((pool) => [`pool="${pool.id}"`, value(pool)]),
    );
  }
  const listeners = adapter.listeners.all();
  const faults = new Map<number, number>();
  for (const listener of listeners) for (const [status, count] of listener.faults) faults.set(status, (faults.get(status) ?? 0) + count);
  add('baton_connections', 'gauge', 'Client connections that are open.', [['', adapter.listeners.connectionCount]]);
  add('baton_connections_accepted_total', 'counter', 'Client connections accepted.', [
    ['', listeners.reduce((sum, { accepted }) => sum + accepted, 0)],
  ]);
  add(
    'baton_malformed_requests_total',
    'counter',
    'Connections refused before a request was read, by status.',
    [...faults].map(([status, count]) => [`status="${status}"`, count]),
  );
  add('baton_requests_unrouted_total', 'counter', 'Requests for which no application has a binding.', [['', adapter.unrouted]]);
  add('baton_access_log_dropped_total', 'counter', 'Lines of the access log that found its buffer full.', [
    ['', adapter.accessLog?.dropped ?? 0],
  ]);
  add('baton_was_connected', 'gauge', '1 while registered with WAS.', [['', was.isConnected ? 1 : 0]]);
  add('baton_leader_epoch', 'gauge', 'Epoch of the leader registered with.', [['', was.epoch]]);
  return `${lines.join('\n')}\n`;
}
