import { type HrTime, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { FinishedSpan } from '../finished-span.ts';
import type { TraceContext } from '../trace-context.ts';
import { SCOPE } from './metric-data.ts';
import { toHrTime } from './time.ts';

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER } as const;

/** A finished span as the SDK's processors and exporters take it. */
export function toReadableSpan(span: FinishedSpan, resource: Resource): ReadableSpan {
  const { name, kind, context, parentSpanId, isParentRemote, error, links = [] } = span;
  const spanContext = toSpanContext(context);
  const startTime = toHrTime(span.startMs);
  const endTime = toHrTime(Math.max(span.startMs, span.endMs));
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => spanContext,
    ...(parentSpanId === '' ? {} : { parentSpanContext: { ...spanContext, spanId: parentSpanId, isRemote: isParentRemote } }),
    startTime,
    endTime,
    duration: between(startTime, endTime),
    ended: true,
    status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
    attributes: Object.fromEntries(Object.entries(span.attributes).filter(([, value]) => value !== undefined)),
    links: links.map((link) => ({ context: { ...toSpanContext(link), isRemote: true } })),
    events: [],
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toSpanContext({ traceId, spanId, isSampled }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}

function between([startSeconds, startNanos]: HrTime, [endSeconds, endNanos]: HrTime): HrTime {
  const nanos = endNanos - startNanos;
  return nanos < 0 ? [endSeconds - startSeconds - 1, nanos + 1e9] : [endSeconds - startSeconds, nanos];
}
