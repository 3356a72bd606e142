import { counter, gauge, histogram, type MetricDefinition, WAS } from './definition.ts';

/** What WAS tells of application pools and of the lives of their workers. */
export const POOLS = {
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
} satisfies Record<string, MetricDefinition>;
