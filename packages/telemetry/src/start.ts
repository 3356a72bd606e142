// The OpenTelemetry SDK of a service. Imported by the three main.ts only: everything else knows finished spans and readings, and a worker
// process loads nothing of it. What exports is loaded when the environment names somewhere to export to.
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { NO_SPANS, type SpanWriter } from './finished-span.ts';
import { HeadSampler } from './head-sampler.ts';
import type { Logger } from './log.ts';
import { type MetricExport, openMetricExport } from './otel/metric-export.ts';
import { openSpanExport, type SpanExport } from './otel/span-export.ts';
import type { Reading } from './readings.ts';
import { readSettings, type TelemetrySettings } from './settings.ts';

export interface TelemetryOptions {
  /** "baton-adapter", "baton-was", "baton-host" */
  readonly service: string;
  /** Which of them: the id of this process in the cluster. */
  readonly instance: string;
  readonly version?: string;
  readonly log: Logger;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** What a service does with its telemetry. It is a part of the service: opened first, closed last, so that the last spans leave. */
export interface Telemetry {
  readonly name: string;
  readonly settings: TelemetrySettings;
  /** Decides which requests are traced. */
  readonly sampler: HeadSampler;
  /** Where finished spans go; writes nothing when none leave. */
  readonly spans: SpanWriter;
  /** Sends what `read` tells, beside `/metrics`; does nothing when no metrics leave. */
  exportMetrics(read: () => readonly Reading[]): void;
  /** Sends what is left, within the signal's deadline. */
  close(signal?: AbortSignal): Promise<void>;
}

/** Longest time the last spans and figures may take to leave at the end, ms: a collector that is away holds no shutdown. */
const CLOSE_LIMIT_MS = 1_000;

/** Sets telemetry up from the OTEL_* variables (docs/telemetry.md). */
export async function startTelemetry({
  service,
  instance,
  version = '0.1.0',
  log,
  env = process.env,
}: TelemetryOptions): Promise<Telemetry> {
  const settings = readSettings(env);
  for (const complaint of settings.complaints) log.warn({ code: 'USAGE' }, complaint);
  const resource = describe({ 'service.name': service, 'service.instance.id': instance, 'service.version': version });
  if (settings.exportsTraces || settings.exportsMetrics) tellProblems(log);
  const traces: SpanExport | undefined = settings.exportsTraces ? await openSpanExport(resource, settings.spanDelayMs) : undefined;
  const metrics: MetricExport | undefined = settings.exportsMetrics
    ? await openMetricExport(resource, settings.metricIntervalMs)
    : undefined;
  return {
    name: 'telemetry',
    settings,
    sampler: new HeadSampler(settings.sampling),
    spans: traces?.spans ?? NO_SPANS,
    exportMetrics: (read) => metrics?.readFrom(read),
    close: async (signal) => {
      const limit = AbortSignal.any([AbortSignal.timeout(CLOSE_LIMIT_MS), ...(signal ? [signal] : [])]);
      const over = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([Promise.allSettled([traces?.close(), metrics?.close()]), over]);
    },
  };
}

/** Ours, then what OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say. */
function describe(attributes: Readonly<Record<string, string>>): Resource {
  const given = envDetector.detect().attributes ?? {};
  return resourceFromAttributes({ 'service.namespace': 'baton', ...attributes, 'process.pid': process.pid, ...given });
}

/** What the SDK has to say becomes log lines; a collector that is away is no error of ours. */
function tellProblems(log: Logger): void {
  const tell = (message: string, ...rest: unknown[]) => log.warn({ detail: rest.map(String) }, `telemetry: ${message}`);
  const ignore = () => {};
  diag.setLogger({ error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }, { logLevel: DiagLogLevel.WARN });
}
