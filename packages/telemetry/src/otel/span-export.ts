import type { Resource } from '@opentelemetry/resources';
import type { SpanWriter } from '../finished-span.ts';
import { toReadableSpan } from './span-data.ts';

/** Finished spans on their way out. */
export interface SpanExport {
  readonly spans: SpanWriter;
  /** Sends what waits, and ends. */
  close(): Promise<void>;
}

/** Sends spans in batches over OTLP; the exporter reads where and how from the environment. At most 2,048 wait, further ones are dropped. */
export async function openSpanExport(resource: Resource, delayMs: number): Promise<SpanExport> {
  const [{ BatchSpanProcessor }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: delayMs });
  return {
    spans: { write: (span) => processor.onEnd(toReadableSpan(span, resource)) },
    close: () => processor.shutdown(),
  };
}
