import { DEFAULT_SAMPLING, type SamplingPolicy } from './head-sampler.ts';

/** What the standard OTEL_* variables say to a service of Baton. */
export interface TelemetrySettings {
  readonly sampling: SamplingPolicy;
  /** Spans are sent over OTLP. */
  readonly exportsTraces: boolean;
  /** Metrics are sent over OTLP, beside `/metrics`. */
  readonly exportsMetrics: boolean;
  /** Longest time a finished span waits for company, ms. @default 5_000 */
  readonly spanDelayMs: number;
  /** @default 60_000 */
  readonly metricIntervalMs: number;
  /** What was said and is not obeyed, one line each. */
  readonly complaints: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are read, what for; docs/telemetry.md prints them. The exporter reads further ones: headers, compression, timeouts, certificates. */
export const VARIABLES: Readonly<Record<string, string>> = {
  OTEL_EXPORTER_OTLP_ENDPOINT:
    'where traces and metrics go, `http://collector:4318`; without it nothing leaves. `…_TRACES_ENDPOINT` and `…_METRICS_ENDPOINT` name one of them',
  OTEL_EXPORTER_OTLP_PROTOCOL: '`http/protobuf`, the only one',
  OTEL_TRACES_EXPORTER: '`none`: traces do not leave',
  OTEL_METRICS_EXPORTER: '`none`: metrics do not leave; `/metrics` answers all the same',
  OTEL_TRACES_SAMPLER:
    '`parentbased_traceidratio` (default), `parentbased_always_on`, `parentbased_always_off`, `traceidratio`, `always_on`, `always_off`: for requests. Recycles and activations are always traced',
  OTEL_TRACES_SAMPLER_ARG: 'share of the requests that are traced, 0 to 1; 0.01 when no sampler is named, else 1',
  OTEL_SERVICE_NAME: 'instead of `baton-adapter`, `baton-was`, `baton-host`',
  OTEL_RESOURCE_ATTRIBUTES: 'further attributes of the resource, `key=value,…`',
  OTEL_BSP_SCHEDULE_DELAY: 'longest time a span waits before it is sent, ms (5000)',
  OTEL_METRIC_EXPORT_INTERVAL: 'time between two reports of metrics, ms (60000)',
  OTEL_SDK_DISABLED: '`true`: no traces, and nothing leaves',
};

/** Reads the OTEL_* variables. A value that is not understood is a complaint, not a failure: a service does not end over its telemetry. */
export function readSettings(env: Environment): TelemetrySettings {
  const complaints: string[] = [];
  const isDisabled = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
  const protocol = env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/protobuf';
  const isKnownProtocol = protocol === 'http/protobuf';
  if (!isKnownProtocol) complaints.push(`OTEL_EXPORTER_OTLP_PROTOCOL: expected "http/protobuf", got "${protocol}"; nothing is exported`);
  const exports = (signal: 'TRACES' | 'METRICS'): boolean => {
    const endpoint = env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] || env.OTEL_EXPORTER_OTLP_ENDPOINT;
    const exporter = env[`OTEL_${signal}_EXPORTER`] || 'otlp';
    if (exporter !== 'otlp' && exporter !== 'none')
      complaints.push(`OTEL_${signal}_EXPORTER: expected "otlp" or "none", got "${exporter}"; taken as "none"`);
    return !isDisabled && isKnownProtocol && Boolean(endpoint) && exporter === 'otlp';
  };
  return {
    sampling: isDisabled ? { ratio: 0, isParentBased: false } : readSampling(env, complaints),
    exportsTraces: exports('TRACES'),
    exportsMetrics: exports('METRICS'),
    spanDelayMs: readMs(env, 'OTEL_BSP_SCHEDULE_DELAY', 5_000, complaints),
    metricIntervalMs: readMs(env, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000, complaints),
    complaints,
  };
}

const SAMPLERS: Readonly<Record<string, 'on' | 'off' | 'ratio'>> = { always_on: 'on', always_off: 'off', traceidratio: 'ratio' };

function readSampling(env: Environment, complaints: string[]): SamplingPolicy {
  const name = env.OTEL_TRACES_SAMPLER || 'parentbased_traceidratio';
  const [, parent, root] = /^(parentbased_)?(.*)$/.exec(name)!;
  const kind = SAMPLERS[root!];
  if (!kind) {
    complaints.push(`OTEL_TRACES_SAMPLER: expected ${Object.keys(SAMPLERS).join(', ')} or one of them after "parentbased_", got "${name}"`);
    return DEFAULT_SAMPLING;
  }
  const isParentBased = parent !== undefined;
  if (kind !== 'ratio') return { ratio: kind === 'on' ? 1 : 0, isParentBased };
  const fallback = env.OTEL_TRACES_SAMPLER ? 1 : DEFAULT_SAMPLING.ratio;
  const given = env.OTEL_TRACES_SAMPLER_ARG;
  const ratio = given ? Number(given) : fallback;
  if (ratio >= 0 && ratio <= 1) return { ratio, isParentBased };
  complaints.push(`OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got "${given}"; ${fallback} is used`);
  return { ratio: fallback, isParentBased };
}

function readMs(env: Environment, name: string, fallback: number, complaints: string[]): number {
  const given = env[name];
  const ms = given ? Number(given) : fallback;
  if (Number.isFinite(ms) && ms > 0) return ms;
  complaints.push(`${name}: expected milliseconds above 0, got "${given}"; ${fallback} is used`);
  return fallback;
}
