import { ALL, counter, gauge, type MetricDefinition } from './definition.ts';

/** What every service tells of its own process. */
export const PROCESS = {
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
