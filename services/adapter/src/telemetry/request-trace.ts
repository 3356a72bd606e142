import { outcomeOf } from '@baton/adapter-kit';
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
import type { Exchange } from '../forward/exchange.ts';
import { setField } from './set-field.ts';

/** Recycles that one request is linked to at most; a long one may cross many. */
const MOST_LINKS = 16;

/** One worker that had the request. */
interface Attempt {
  readonly spanId: string;
  readonly worker: WorkerIdentity;
  readonly deliveredAtMs: number;
}

/**
 * What a traced request leaves behind: a span of its own, one for its wait, and one for each worker that had it.
 *
 * - Times come in on the adapter's clock; `originMs` is its zero as Unix time, the same for all spans of the request.
 */
export class RequestTrace {
  readonly context: TraceContext;
  private readonly parentSpanId: string;
  private readonly spans: SpanWriter;
  private readonly originMs: number;
  private readonly links: TraceContext[] = [];
  private attempt: Attempt | undefined = undefined;

  constructor(start: SampledStart, spans: SpanWriter, originMs: number) {
    this.context = { traceId: start.traceId ?? newTraceId(), spanId: newSpanId(), isSampled: true };
    this.parentSpanId = start.parentSpanId ?? '';
    this.spans = spans;
    this.originMs = originMs;
  }

  get traceId(): string {
    return this.context.traceId;
  }

  /** The worker that has it; '' = none. */
  get workerId(): string {
    return this.attempt?.worker.workerId ?? '';
  }

  /** It goes to a worker: the app finds the span of its own work in traceparent. */
  deliver(headers: string[], worker: WorkerIdentity, nowMs: number): void {
    const spanId = newSpanId();
    this.attempt = { spanId, worker, deliveredAtMs: nowMs };
    setField(headers, 'traceparent', formatTraceparent({ ...this.context, spanId }));
  }

  /** Its worker has it no longer: it has answered (then `timings` are what it measured), or `error` says why not. */
  leave(timings: Timings | undefined, error: string | undefined, nowMs: number): void {
    const { attempt } = this;
    if (!attempt) return;
    this.attempt = undefined;
    const { worker, deliveredAtMs } = attempt;
    const total = Math.min(timings?.totalMs ?? Number.POSITIVE_INFINITY, nowMs - deliveredAtMs);
    // What is not the worker's time was spent on the way, half there and half back.
    const underWayMs = (nowMs - deliveredAtMs - total) / 2;
    this.write('app', SPANS.app.name, attempt.spanId, this.context.spanId, deliveredAtMs + underWayMs, nowMs - underWayMs, error, {
      'baton.worker': worker.workerId,
      'baton.slot': worker.slot,
      'baton.generation': worker.generation,
      'baton.app.queued_ms': timings?.queuedMs,
      'baton.app.first_byte_ms': timings?.firstByteMs,
      'error.type': error,
    });
  }

  /** A recycle took its worker out of service while that had it. */
  cross(recycle: TraceContext): void {
    if (this.links.length < MOST_LINKS) this.links.push(recycle);
  }

  /** It is over: answered, refused, or left by its client. */
  end(exchange: Exchange, nowMs: number): void {
    const { message, client, app, errorCode, reply, arrivedAtMs, deliveredAtMs, coldCause } = exchange;
    this.leave(undefined, errorCode, nowMs);
    const { spanId } = this.context;
    const handedOverAtMs = deliveredAtMs === 0 ? nowMs : deliveredAtMs;
    if (app && (deliveredAtMs > arrivedAtMs || coldCause !== undefined)) {
      this.write('wait', SPANS.wait.name, newSpanId(), spanId, arrivedAtMs, handedOverAtMs, undefined, {
        'baton.pool': app.pool,
        'baton.cause': coldCause,
      });
    }
    const query = message.target.indexOf('?');
    const status = reply.status === 0 ? undefined : reply.status;
    const error = errorCode ?? (status !== undefined && status >= 500 ? String(status) : undefined);
    this.write('request', message.method, spanId, this.parentSpanId, arrivedAtMs, nowMs, error, {
      'http.request.method': message.method,
      'http.response.status_code': status,
      // Without the query, which may hold what nobody else should read.
      'url.path': query < 0 ? message.target : message.target.slice(0, query),
      'url.scheme': client.isEncrypted ? 'https' : 'http',
      'server.address': message.host ?? client.localAddress,
      'server.port': client.localPort,
      'client.address': client.remoteAddress,
      'network.protocol.version': message.version,
      'error.type': error,
      'baton.request_id': exchange.requestId,
      'baton.pool': app?.pool,
      'baton.app': app?.appKey,
      'baton.outcome': outcomeOf(errorCode),
    });
  }

  private write(
    span: 'request' | 'wait' | 'app',
    name: string,
    spanId: string,
    parentSpanId: string,
    startAtMs: number,
    endAtMs: number,
    error: string | undefined,
    attributes: FinishedSpan['attributes'],
  ): void {
    this.spans.write({
      name,
      kind: SPANS[span].kind,
      context: { ...this.context, spanId },
      parentSpanId,
      isParentRemote: span === 'request',
      startMs: this.originMs + startAtMs,
      endMs: this.originMs + endAtMs,
      attributes,
      error,
      ...(span === 'request' ? { links: this.links } : {}),
    });
  }
}
