import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { toScopeMetrics } from './otel/metric-data.ts';
import type { Reading } from './readings.ts';

const NO_RESOURCE = resourceFromAttributes({});

/** Media type of what `expose` returns. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Readings in Prometheus's text format. Metrics without a sample are left out: a HELP without one says nothing. */
export function expose(readings: readonly Reading[]): string {
  const told = readings.filter(({ samples }) => samples.length > 0);
  const now = Date.now();
  // Constructed here: the serializer keeps what it last warned about, and nothing else.
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  return serializer.serialize({ resource: NO_RESOURCE, scopeMetrics: [toScopeMetrics(told, 'prometheus', now, now)] });
}
