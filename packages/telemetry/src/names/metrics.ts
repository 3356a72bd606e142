import { CHANNELS } from './channels.ts';
import { CLUSTER } from './cluster.ts';
import type { MetricDefinition } from './definition.ts';
import { HOSTS } from './hosts.ts';
import { POOLS } from './pools.ts';
import { PROCESS } from './process.ts';
import { RECYCLES } from './recycles.ts';
import { REQUESTS } from './requests.ts';

/**
 * Every metric of Baton, in the order in which docs/telemetry.md prints them.
 *
 * - Labels are bounded by the configuration or by a list in this repository: never a URL, a request or a worker id.
 * - A name is only ever added: dashboards and alert rules live outside.
 */
export const METRICS = {
  ...REQUESTS,
  ...CHANNELS,
  ...CLUSTER,
  ...POOLS,
  ...RECYCLES,
  ...HOSTS,
  ...PROCESS,
} satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** The label values of one sample of a metric: all of its labels, nothing else. */
export type LabelsOf<N extends MetricName> = { readonly [L in (typeof METRICS)[N]['labels'][number]]: string };
