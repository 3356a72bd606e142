import { counter, gauge, histogram, type MetricDefinition, WAS } from './definition.ts';

/** What WAS tells of recycles and of the requests that they found in flight. */
export const RECYCLES = {
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
} satisfies Record<string, MetricDefinition>;
