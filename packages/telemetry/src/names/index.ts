export { LABELS, type LabelName } from '../labels.ts';
export type { MetricDefinition, MetricKind, ServiceName } from './definition.ts';
export { type LabelsOf, METRICS, type MetricName } from './metrics.ts';
