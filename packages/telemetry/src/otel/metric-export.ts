import type { Resource } from '@opentelemetry/resources';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Reading } from '../readings.ts';
import { toScopeMetrics } from './metric-data.ts';

/** Readings on their way out. */
export interface MetricExport {
  /** Asks `read` at each report. */
  readFrom(read: () => readonly Reading[]): void;
  /** Sends a last report, and ends. */
  close(): Promise<void>;
}

/** Sends readings over OTLP every `intervalMs`; the exporter reads where and how from the environment. */
export async function openMetricExport(resource: Resource, intervalMs: number): Promise<MetricExport> {
  const [{ MeterProvider, PeriodicExportingMetricReader }, { OTLPMetricExporter }] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
  ]);
  const startMs = Date.now();
  let read: () => readonly Reading[] = () => [];
  const producer: MetricProducer = {
    collect: async () => ({
      resourceMetrics: { resource, scopeMetrics: [toScopeMetrics(read(), 'otel', startMs, Date.now())] },
      errors: [],
    }),
  };
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(intervalMs, 10_000),
    metricProducers: [producer],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return {
    readFrom: (from) => {
      read = from;
    },
    close: () => provider.shutdown(),
  };
}
