import { formatTraceparent, newTrace, type SpanWriter } from '@baton/telemetry';
import type { Tracer } from '../recycle/tracer.ts';
import { recycleSpans } from './recycle-spans.ts';
import { startSpan } from './start-span.ts';

/** Traces every recycle and every start into `spans`. They are few, and what an operator asks about afterwards. */
export function createTracer(spans: SpanWriter): Tracer {
  const begin = () => formatTraceparent(newTrace());
  return {
    begin,
    end: (receipt) => {
      for (const span of recycleSpans(receipt)) spans.write(span);
    },
    beginStart: begin,
    endStart: (worker, error, nowMs) => {
      const span = startSpan(worker, error, nowMs);
      if (span) spans.write(span);
    },
  };
}
