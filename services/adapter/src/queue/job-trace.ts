import type { Timings, WorkerIdentity } from '@baton/channel';
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
import type { JobWork } from './job-work.ts';

/** What a traced job leaves behind: a span of its own, and one for each worker that had it. Times come in on the adapter's clock. */
export class JobTrace {
  readonly context: TraceContext;
  private readonly parentSpanId: string;
  private readonly spans: SpanWriter;
  private readonly originMs: number;
  private attempt: { readonly spanId: string; readonly worker: WorkerIdentity; readonly atMs: number } | undefined = undefined;

  constructor(start: SampledStart, spans: SpanWriter, originMs: number) {
    this.context = { traceId: start.traceId ?? newTraceId(), spanId: newSpanId(), isSampled: true };
    this.parentSpanId = start.parentSpanId ?? '';
    this.spans = spans;
    this.originMs = originMs;
  }

  /** It goes to a worker. Returns the traceparent of what the app does for it. */
  deliver(worker: WorkerIdentity, atMs: number): string {
    const spanId = newSpanId();
    this.attempt = { spanId, worker, atMs };
    return formatTraceparent({ ...this.context, spanId });
  }

  /** Its worker has it no longer; `error` says why, when it has not answered. */
  leave(timings: Timings | undefined, error: string | undefined, nowMs: number): void {
    const { attempt } = this;
    if (!attempt) return;
    this.attempt = undefined;
    const { worker, spanId, atMs } = attempt;
    this.write('app', SPANS.app.name, { ...this.context, spanId }, this.context.spanId, atMs, nowMs, error, {
      'baton.worker': worker.workerId,
      'baton.slot': worker.slot,
      'baton.generation': worker.generation,
      'baton.app.queued_ms': timings?.queuedMs,
      'error.type': error,
    });
  }

  end({ app, hold, queueName, errorCode, outcome, arrivedAtMs }: JobWork, nowMs: number): void {
    this.leave(undefined, errorCode, nowMs);
    const error = errorCode ?? (outcome === 'failed' ? 'failed' : undefined);
    this.write('job', `${SPANS.job.name} ${queueName}`, this.context, this.parentSpanId, arrivedAtMs, nowMs, error, {
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queueName,
      'messaging.message.id': hold.id,
      'baton.pool': app!.pool,
      'baton.app': app!.appKey,
      'baton.outcome': outcome,
      'error.type': error,
    });
  }

  private write(
    span: 'job' | 'app',
    name: string,
    context: TraceContext,
    parentSpanId: string,
    startAtMs: number,
    endAtMs: number,
    error: string | undefined,
    attributes: FinishedSpan['attributes'],
  ): void {
    this.spans.write({
      name,
      kind: SPANS[span].kind,
      context,
      parentSpanId,
      isParentRemote: span === 'job',
      startMs: this.originMs + startAtMs,
      endMs: this.originMs + endAtMs,
      attributes,
      error,
    });
  }
}
