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

const ofKind =
  <const K extends MetricKind>(kind: K) =>
  <const L extends readonly LabelName[]>(
    otel: string,
    prometheus: string,
    unit: string,
    labels: L,
    services: readonly ServiceName[],
    what: string,
  ) => ({ otel, prometheus, kind, unit, labels, services, what });

/** A metric that only grows, told by `services`. */
export const counter = ofKind('counter');

/** A metric that is read as it stands. */
export const gauge = ofKind('gauge');

/** A distribution of durations in seconds. */
export const histogram = <const L extends readonly LabelName[]>(
  otel: string,
  prometheus: string,
  labels: L,
  services: readonly ServiceName[],
  what: string,
) => ofKind('histogram')(otel, prometheus, 's', labels, services, what);

// Who tells a metric, as the tables name it.
export const ADAPTER = ['adapter'] as const;
export const WAS = ['was'] as const;
export const HOST = ['host'] as const;
export const ALL = ['adapter', 'was', 'host'] as const;
