import type { WorkerIdentity } from '@baton/channel';
import {
  type FinishedSpan,
  formatTraceparent,
  newSpanId,
  newTraceId,
  type SampledStart,
  SPANS,
  type SpanWriter,
  type TraceContext,
} from '@baton/telemetry';

/** One worker that had the work. */
export interface Attempt {
  readonly spanId: string;
  readonly worker: WorkerIdentity;
  /** When it was given to that worker, ms on the adapter's clock. */
  readonly atMs: number;
}

/** What a span tells beyond its place in the trace. */
type Facts = Pick<FinishedSpan, 'attributes' | 'error' | 'links'>;

/**
 * The trace of one piece of work: a span of its own, and one for each worker that had it.
 *
 * - Times come in on the adapter's clock; `originMs` is its zero as Unix time, the same for all spans of the work.
 */
export abstract class WorkTrace {
  readonly context: TraceContext;
  /** The worker that has it now. */
  protected attempt: Attempt | undefined = undefined;
  /** Of the span that the client sent along; '' = none. */
  protected readonly parentSpanId: string;
  private readonly spans: SpanWriter;
  private readonly originMs: number;

  constructor(start: SampledStart, spans: SpanWriter, originMs: number) {
    this.context = { traceId: start.traceId ?? newTraceId(), spanId: newSpanId(), isSampled: true };
    this.parentSpanId = start.parentSpanId ?? '';
    this.spans = spans;
    this.originMs = originMs;
  }

  /** It goes to a worker. Returns the traceparent of what the app does for it. */
  protected begin(worker: WorkerIdentity, atMs: number): string {
    const spanId = newSpanId();
    this.attempt = { spanId, worker, atMs };
    return formatTraceparent({ ...this.context, spanId });
  }

  /** Writes the span of what its worker has done, which has it no longer. */
  protected writeAttempt({ spanId, worker }: Attempt, startMs: number, endMs: number, { attributes, error }: Facts): void {
    this.attempt = undefined;
    this.write('app', SPANS.app.name, spanId, startMs, endMs, {
      attributes: {
        'baton.worker': worker.workerId,
        'baton.slot': worker.slot,
        'baton.generation': worker.generation,
        ...attributes,
        'error.type': error,
      },
      error,
    });
  }

  /** The span of the work itself has its parent at the client; all others have it in that one. */
  protected write(span: keyof typeof SPANS, name: string, spanId: string, startMs: number, endMs: number, facts: Facts): void {
    const isOwn = spanId === this.context.spanId;
    this.spans.write({
      name,
      kind: SPANS[span].kind,
      context: { ...this.context, spanId },
      parentSpanId: isOwn ? this.parentSpanId : this.context.spanId,
      isParentRemote: isOwn,
      startMs: this.originMs + startMs,
      endMs: this.originMs + endMs,
      ...facts,
    });
  }
}
