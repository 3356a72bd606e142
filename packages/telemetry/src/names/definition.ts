import type { LabelName } from '../labels.ts';

/** What a metric is to those who read it. */
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

/** A metric that only grows, told by `services`. */
export const counter = <const L extends readonly LabelName[]>(
  otel: string,
  prometheus: string,
  unit: string,
  labels: L,
  services: readonly ServiceName[],
  what: string,
) => ({ otel, prometheus, kind: 'counter' as const, unit, labels, services, what });

/** A metric that is read as it stands. */
export const gauge = <const L extends readonly LabelName[]>(
  otel: string,
  prometheus: string,
  unit: string,
  labels: L,
  services: readonly ServiceName[],
  what: string,
) => ({ otel, prometheus, kind: 'gauge' as const, unit, labels, services, what });

/** A distribution of durations in seconds. */
export const histogram = <const L extends readonly LabelName[]>(
  otel: string,
  prometheus: string,
  labels: L,
  services: readonly ServiceName[],
  what: string,
) => ({ otel, prometheus, kind: 'histogram' as const, unit: 's', labels, services, what });

// Who tells a metric, as the tables name it.
export const ADAPTER = ['adapter'] as const;
export const WAS = ['was'] as const;
export const HOST = ['host'] as const;
export const ALL = ['adapter', 'was', 'host'] as const;
