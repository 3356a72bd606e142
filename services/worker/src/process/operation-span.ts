import { newSpanId, parseTraceparent, SPANS, type SpanWriter } from '@baton/telemetry';
import type { Span } from '../messages.ts';
import type { Order } from '../slots/order.ts';

/** Writes the span of an overlapped operation that a worker tells of, below its request. */
export function writeOperation({ name, traceparent, startedAtMs, endedAtMs, bytes, error }: Span, order: Order, spans: SpanWriter): void {
  const parent = parseTraceparent(traceparent);
  if (!parent) return;
  const failure = error === 0 ? undefined : String(error);
  spans.write({
    name,
    kind: SPANS.operation.kind,
    context: { ...parent, spanId: newSpanId() },
    parentSpanId: parent.spanId,
    isParentRemote: true,
    startMs: startedAtMs,
    endMs: endedAtMs,
    attributes: {
      'baton.pool': order.pool,
      'baton.slot': order.slot,
      'baton.worker': order.workerId,
      'baton.bytes': bytes,
      'error.type': failure,
    },
    error: failure,
  });
}
