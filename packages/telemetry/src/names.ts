import { LABELS, type LabelName } from './labels.ts';

export type MetricKind = 'counter' | 'gauge' | 'histogram';
/** Who answers for a metric on its `/metrics`. */
export type ServiceName = 'adapter' | 'was' | 'host';

/** One metric, under both of its names. */
export interface MetricDefinition {
  /** OpenTelemetry: a semantic convention, or ours below `baton.`. */
  readonly otel: string;
  /** Prometheus: units in the name, `_total` on counters. */
  readonly prometheus: string;
  readonly kind: MetricKind;
  /** UCUM, as OpenTelemetry wants it: "s", "By", "1", "{request}". */
  readonly unit: string;
  /** Names of OpenTelemetry attributes; in Prometheus with "_" for ".". */
  readonly labels: readonly LabelName[];
  readonly services: readonly ServiceName[];
  readonly what: string;
}

const counter = <const L extends readonly LabelName[]>(
  otel: string,
  prometheus: string,
  unit: string,
  labels: L,
  services: readonly ServiceName[],
  what: string,
) => ({ otel, prometheus, kind: 'counter' as const, unit, labels, services, what });
const gauge = <const L extends readonly LabelName[]>(
  otel: string,
  prometheus: string,
  unit: string,
  labels: L,
  services: readonly ServiceName[],
  what: string,
) => ({ otel, prometheus, kind: 'gauge' as const, unit, labels, services, what });
const histogram = <const L extends readonly LabelName[]>(
  otel: string,
  prometheus: string,
  labels: L,
  services: readonly ServiceName[],
  what: string,
) => ({ otel, prometheus, kind: 'histogram' as const, unit: 's', labels, services, what });

const ADAPTER = ['adapter'] as const;
const WAS = ['was'] as const;
const HOST = ['host'] as const;
const ALL = ['adapter', 'was', 'host'] as const;

/**
 * Every metric of Baton, in the order in which docs/telemetry.md prints them.
 *
 * - Labels are bounded by the configuration or by a list in this repository: never a URL, a request or a worker id.
 * - A name is only ever added: dashboards and alert rules live outside.
 */
export const METRICS = {
  // ---- requests, told by adapters --------------------------------------------------------------------------------
  requestDuration: histogram(
    'http.server.request.duration',
    'http_server_request_duration_seconds',
    ['pool', 'protocol', 'outcome', 'http.request.method', 'http.response.status_code', 'url.scheme'],
    ADAPTER,
    'Time from the head of a request to the end of its response.',
  ),
  requests: counter(
    'baton.requests',
    'baton_requests_total',
    '{request}',
    ['pool', 'protocol', 'outcome'],
    ADAPTER,
    'Requests that ended.',
  ),
  requestsAdmitted: counter(
    'baton.requests.admitted',
    'baton_requests_admitted_total',
    '{request}',
    ['pool', 'protocol'],
    ADAPTER,
    'Requests that found their application.',
  ),
  requestsRefused: counter(
    'baton.requests.refused',
    'baton_requests_refused_total',
    '{request}',
    ['pool', 'protocol', 'cause'],
    ADAPTER,
    'Requests that ended without the whole answer of a worker, by error code (docs/errors.md).',
  ),
  requestsMoved: counter(
    'baton.requests.moved',
    'baton_requests_moved_total',
    '{request}',
    ['pool', 'protocol'],
    ADAPTER,
    'Requests that a worker had not begun, given to another.',
  ),
  requestsReplayed: counter(
    'baton.requests.replayed',
    'baton_requests_replayed_total',
    '{request}',
    ['pool', 'protocol'],
    ADAPTER,
    'Safe requests run again after their worker died.',
  ),
  activationWaits: counter(
    'baton.activation.waits',
    'baton_activation_waits_total',
    '{request}',
    ['pool', 'protocol'],
    ADAPTER,
    'Requests that waited for a worker to start.',
  ),
  requestsInFlight: gauge(
    'baton.requests.in_flight',
    'baton_requests_in_flight',
    '{request}',
    ['pool', 'protocol'],
    ADAPTER,
    'Requests with workers now.',
  ),
  requestsUnrouted: counter(
    'baton.requests.unrouted',
    'baton_requests_unrouted_total',
    '{request}',
    [],
    ADAPTER,
    'Requests for which no application has a binding.',
  ),
  requestsMalformed: counter(
    'baton.requests.malformed',
    'baton_malformed_requests_total',
    '{request}',
    ['status'],
    ADAPTER,
    'Connections refused before a request was read.',
  ),
  queueDepth: gauge(
    'baton.queue.depth',
    'baton_queue_depth',
    '{request}',
    ['pool', 'protocol'],
    ADAPTER,
    'Requests that wait for a worker now.',
  ),
  queueAge: gauge(
    'baton.queue.age',
    'baton_queue_age_seconds',
    's',
    ['pool', 'protocol'],
    ADAPTER,
    'How long the oldest request that waits has waited; 0 when none does.',
  ),
  connections: gauge('baton.connections', 'baton_connections', '{connection}', ['protocol'], ADAPTER, 'Client connections that are open.'),
  connectionsAccepted: counter(
    'baton.connections.accepted',
    'baton_connections_accepted_total',
    '{connection}',
    ['protocol'],
    ADAPTER,
    'Client connections accepted.',
  ),
  connectionsRefused: counter(
    'baton.connections.refused',
    'baton_connections_refused_total',
    '{connection}',
    ['protocol', 'cause'],
    ADAPTER,
    'Client connections of TCP that were reset before they were those of an application, by error code.',
  ),
  // ---- channels, told by adapters --------------------------------------------------------------------------------
  channelSessions: gauge(
    'baton.channel.sessions',
    'baton_channel_sessions',
    '{session}',
    ['pool'],
    ADAPTER,
    'Workers that have a session on the channel of the pool.',
  ),
  channelFrames: counter(
    'baton.channel.frames',
    'baton_channel_frames_total',
    '{frame}',
    ['pool', 'direction'],
    ADAPTER,
    'Frames on the channel of the pool.',
  ),
  channelBytes: counter(
    'baton.channel.bytes',
    'baton_channel_bytes_total',
    'By',
    ['pool', 'direction'],
    ADAPTER,
    'Bytes of batches on the channel of the pool, without acknowledgements that travel alone.',
  ),
  channelRefusals: counter(
    'baton.channel.refusals',
    'baton_channel_refusals_total',
    '{link}',
    ['reason'],
    ADAPTER,
    'Links of workers that were not let in.',
  ),
  handovers: counter(
    'baton.handovers',
    'baton_handovers_total',
    '{handover}',
    ['pool', 'outcome'],
    ADAPTER,
    'Handover orders of WAS, by the answer.',
  ),
  accessLogDropped: counter(
    'baton.access_log.dropped',
    'baton_access_log_dropped_total',
    '{line}',
    [],
    ADAPTER,
    'Lines of the access log that found its buffer full.',
  ),
  wasConnected: gauge('baton.was.connected', 'baton_was_connected', '1', [], ADAPTER, '1 while registered with WAS.'),
  // ---- what WAS decides ------------------------------------------------------------------------------------------
  leaderEpoch: gauge('baton.leader.epoch', 'baton_leader_epoch', '1', [], ['adapter', 'was'], 'Fencing number of the leader.'),
  redisConnected: gauge('baton.redis.connected', 'baton_redis_connected', '1', [], WAS, '1 while Redis answers.'),
  workerProcesses: gauge('baton.worker.processes', 'baton_worker_processes', '{process}', ['pool', 'state'], WAS, 'Workers by state.'),
  poolStarted: gauge('baton.pool.started', 'baton_pool_started', '1', ['pool'], WAS, '1 while the pool is started.'),
  poolFailing: gauge('baton.pool.failing', 'baton_pool_failing', '1', ['pool'], WAS, '1 while starts of the pool fail.'),
  poolRapidFail: gauge(
    'baton.pool.rapid_fail',
    'baton_pool_rapid_fail',
    '1',
    ['pool'],
    WAS,
    '1 while rapid-fail protection has disabled the pool. Always 0: that protection is not there yet.',
  ),
  poolParked: gauge('baton.pool.parked', 'baton_pool_parked', '{request}', ['pool'], WAS, 'Requests that wait, as adapters last reported.'),
  poolInFlight: gauge(
    'baton.pool.in_flight',
    'baton_pool_in_flight',
    '{request}',
    ['pool'],
    WAS,
    'Requests in flight, as adapters last reported.',
  ),
  poolLastFailure: gauge(
    'baton.pool.last_failure',
    'baton_pool_last_failure_timestamp_seconds',
    's',
    ['pool'],
    WAS,
    'Unix time at which a worker of the pool failed last, as far as this leader knows.',
  ),
  hostsAttached: gauge('baton.hosts.attached', 'baton_hosts_attached', '{host}', [], WAS, 'Attached worker hosts.'),
  adaptersAttached: gauge('baton.adapters.attached', 'baton_adapters_attached', '{adapter}', [], WAS, 'Attached adapters.'),
  activations: counter('baton.activations', 'baton_activations_total', '{worker}', ['pool', 'start'], WAS, 'Workers that became ready.'),
  activationDuration: histogram(
    'baton.activation.duration',
    'baton_activation_duration_seconds',
    ['pool', 'start'],
    WAS,
    'Time from the decision to start a worker to the moment it is ready.',
  ),
  workerFailures: counter(
    'baton.worker.failures',
    'baton_worker_failures_total',
    '{failure}',
    ['pool', 'cause'],
    WAS,
    'Failed starts and crashes, by error code (docs/errors.md).',
  ),
  recycles: counter('baton.recycles', 'baton_recycles_total', '{recycle}', ['pool', 'cause', 'outcome'], WAS, 'Recycles that ended.'),
  recyclesRunning: gauge(
    'baton.recycles.running',
    'baton_recycles_running',
    '{recycle}',
    ['pool'],
    WAS,
    'Recycles that run or wait for their turn.',
  ),
  recyclesIncomplete: counter(
    'baton.recycles.incomplete',
    'baton_recycles_incomplete_total',
    '{recycle}',
    ['pool'],
    WAS,
    'Recycles whose receipt lacks the last report of an attached adapter.',
  ),
  recycleDuration: histogram(
    'baton.recycle.duration',
    'baton_recycle_duration_seconds',
    ['pool', 'outcome'],
    WAS,
    'Time from the wish to the end of the old process.',
  ),
  recycleOverlap: histogram(
    'baton.recycle.overlap',
    'baton_recycle_overlap_seconds',
    ['pool'],
    WAS,
    'Time from the first Handover to the end of the last work of the old worker.',
  ),
  recyclePhase: histogram(
    'baton.recycle.phase.duration',
    'baton_recycle_phase_duration_seconds',
    ['pool', 'phase'],
    WAS,
    'How long the phases of recycles took.',
  ),
  recycleHold: histogram(
    'baton.recycle.hold',
    'baton_recycle_hold_seconds',
    ['pool'],
    WAS,
    'Longest wait that a recycle caused a request.',
  ),
  recycleRequests: counter(
    'baton.recycle.requests',
    'baton_recycle_requests_total',
    '{request}',
    ['pool', 'outcome'],
    WAS,
    'Requests that were in flight on an old worker at its hand-over, by what became of them.',
  ),
  requestsLost: counter(
    'baton.requests.lost',
    'baton_requests_lost_total',
    '{request}',
    ['pool'],
    WAS,
    'Requests in flight on an old worker at its hand-over that a recycle failed (`failed` of its receipt; what a crash or a stop fails without a recycle counts only in `baton_requests_total` with outcome `failed`). Must stay 0.',
  ),
  events: counter('baton.events', 'baton_events_total', '{event}', ['type'], WAS, 'Events since this leader took over.'),
  // ---- worker hosts ----------------------------------------------------------------------------------------------
  hostWorkers: gauge(
    'baton.host.workers',
    'baton_host_workers',
    '{process}',
    ['host', 'state'],
    HOST,
    'Worker processes of this host by state.',
  ),
  hostSpares: gauge('baton.host.spares', 'baton_host_spares', '{process}', ['host'], HOST, 'Spare processes that are ready.'),
  hostAttached: gauge('baton.host.attached', 'baton_host_attached', '1', ['host'], HOST, '1 while attached to a WAS leader.'),
  hostEpoch: gauge('baton.host.epoch', 'baton_host_epoch', '1', ['host'], HOST, 'Highest leader epoch seen.'),
  hostOrdersEntered: counter(
    'baton.host.orders.entered',
    'baton_host_orders_entered_total',
    '{order}',
    ['host'],
    HOST,
    'Orders entered in the slot table.',
  ),
  hostOrdersRefused: counter('baton.host.orders.refused', 'baton_host_orders_refused_total', '{order}', ['host'], HOST, 'Orders refused.'),
  hostWorkersStarted: counter(
    'baton.host.workers.started',
    'baton_host_workers_started_total',
    '{process}',
    ['host'],
    HOST,
    'Workers started.',
  ),
  hostWorkersFailed: counter(
    'baton.host.workers.failed',
    'baton_host_workers_failed_total',
    '{process}',
    ['host'],
    HOST,
    'Workers that ended unasked.',
  ),
  workerLoopDelay: gauge(
    'baton.worker.event_loop.delay',
    'baton_worker_event_loop_delay_seconds',
    's',
    ['host', 'pool', 'slot', 'percentile'],
    HOST,
    'Delay of the event loop of the worker of a slot, over its last report.',
  ),
  workerMemory: gauge(
    'baton.worker.memory',
    'baton_worker_memory_bytes',
    'By',
    ['host', 'pool', 'slot'],
    HOST,
    'Resident memory of the workers of a slot.',
  ),
  workerInFlight: gauge(
    'baton.worker.in_flight',
    'baton_worker_in_flight',
    '{request}',
    ['host', 'pool', 'slot'],
    HOST,
    'Requests that the workers of a slot have, as they last said.',
  ),
  // ---- every service ---------------------------------------------------------------------------------------------
  loopDelayP50: gauge(
    'nodejs.eventloop.delay.p50',
    'nodejs_eventloop_delay_p50_seconds',
    's',
    [],
    ALL,
    "Median delay of this process's event loop.",
  ),
  loopDelayP99: gauge(
    'nodejs.eventloop.delay.p99',
    'nodejs_eventloop_delay_p99_seconds',
    's',
    [],
    ALL,
    "99th percentile of the delay of this process's event loop.",
  ),
  loopDelayMax: gauge(
    'nodejs.eventloop.delay.max',
    'nodejs_eventloop_delay_max_seconds',
    's',
    [],
    ALL,
    "Longest delay of this process's event loop.",
  ),
  loopUtilization: gauge(
    'nodejs.eventloop.utilization',
    'nodejs_eventloop_utilization',
    '1',
    [],
    ALL,
    "Share of time in which this process's event loop was busy.",
  ),
  processCpu: counter('process.cpu.time', 'process_cpu_time_seconds_total', 's', ['cpu.mode'], ALL, 'CPU time of this process.'),
  processMemory: gauge('process.memory.usage', 'process_memory_usage_bytes', 'By', [], ALL, 'Resident memory of this process.'),
  processUptime: gauge('process.uptime', 'process_uptime_seconds', 's', [], ALL, 'Time since this process started.'),
} satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** The label values of one sample of a metric: all of its labels, nothing else. */
export type LabelsOf<N extends MetricName> = { readonly [L in (typeof METRICS)[N]['labels'][number]]: string };

export { LABELS, type LabelName };
