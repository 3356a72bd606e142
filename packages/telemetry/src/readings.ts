import type { Histogram } from './histogram.ts';
import type { LabelsOf, METRICS, MetricName } from './names/index.ts';

/** One value of a metric with its labels. */
export interface Sample<N extends MetricName = MetricName> {
  readonly labels: LabelsOf<N>;
  /** A histogram for a histogram, a number for everything else. */
  readonly value: (typeof METRICS)[N]['kind'] extends 'histogram' ? Histogram : number;
}

/** What a service knows of one metric at the moment it is asked. */
export interface Reading {
  readonly name: MetricName;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number | Histogram }[];
}

/** A reading whose labels and values fit its metric. */
export function reading<N extends MetricName>(name: N, samples: readonly Sample<N>[]): Reading {
  return { name, samples };
}

/** A reading of a metric that has one value. */
export function single<N extends MetricName>(name: N, value: Sample<N>['value'], labels: LabelsOf<N>): Reading {
  return { name, samples: [{ labels, value }] };
}
