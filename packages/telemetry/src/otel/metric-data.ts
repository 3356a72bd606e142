import { type HrTime, ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData, type ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Histogram } from '../histogram.ts';
import { METRICS, type MetricDefinition } from '../names/index.ts';
import type { Reading } from '../readings.ts';
import { toHrTime } from './time.ts';

/** Scope of everything that Baton measures and traces. */
export const SCOPE = { name: 'baton' } as const;

/** Readings in the SDK's form, cumulative since `startMs`; under their OpenTelemetry or their Prometheus names. Times are Unix times in ms. */
export function toScopeMetrics(readings: readonly Reading[], names: 'otel' | 'prometheus', startMs: number, nowMs: number): ScopeMetrics {
  const times = { startTime: toHrTime(startMs), endTime: toHrTime(nowMs) };
  return { scope: SCOPE, metrics: readings.map((one) => toMetricData(one, names, times)) };
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function toMetricData({ name, samples }: Reading, names: 'otel' | 'prometheus', times: Times): MetricData {
  const metric: MetricDefinition = METRICS[name];
  const descriptor = {
    name: metric[names],
    description: metric.what,
    // Prometheus has the unit in the name; its text format knows no UNIT.
    unit: names === 'prometheus' ? '' : metric.unit,
    valueType: ValueType.DOUBLE,
  };
  const base = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  const points = samples.map(({ labels, value }) => ({ ...times, attributes: { ...labels }, value }));
  if (metric.kind === 'histogram') {
    const dataPoints = points.map((point) => ({ ...point, value: toHistogram(point.value as Histogram) }));
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = points.map((point) => ({ ...point, value: point.value as number }));
  return metric.kind === 'counter'
    ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
}

function toHistogram({ boundaries, counts, count, sumMs }: Histogram) {
  return { buckets: { boundaries: [...boundaries], counts: [...counts] }, count, sum: sumMs / 1_000 };
}
