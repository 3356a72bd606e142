import { outcomeOf } from '@baton/adapter-kit';
import type { Timings, WorkerIdentity } from '@baton/channel';
import { newSpanId, SPANS, type TraceContext } from '@baton/telemetry';
import type { Exchange } from '../forward/exchange.ts';
import { setField } from './set-field.ts';
import { WorkTrace } from './work-trace.ts';

/** Recycles that one request is linked to at most; a long one may cross many. */
const MOST_LINKS = 16;

/** What a traced request leaves behind: a span of its own, one for its wait, and one for each worker that had it. */
export class RequestTrace extends WorkTrace {
  private readonly links: TraceContext[] = [];

  get traceId(): string {
    return this.context.traceId;
  }

  /** The worker that has it; '' = none. */
  get workerId(): string {
    return this.attempt?.worker.workerId ?? '';
  }

  /** It goes to a worker: the app finds the span of its own work in traceparent. */
  deliver(headers: string[], worker: WorkerIdentity, nowMs: number): void {
    setField(headers, 'traceparent', this.begin(worker, nowMs));
  }

  /** Its worker has it no longer: it has answered (then `timings` are what it measured), or `error` says why not. */
  leave(timings: Timings | undefined, error: string | undefined, nowMs: number): void {
    const { attempt } = this;
    if (!attempt) return;
    const tookMs = nowMs - attempt.atMs;
    // What is not the worker's time was spent on the way, half there and half back.
    const underWayMs = (tookMs - Math.min(timings?.totalMs ?? Number.POSITIVE_INFINITY, tookMs)) / 2;
    const attributes = { 'baton.app.queued_ms': timings?.queuedMs, 'baton.app.first_byte_ms': timings?.firstByteMs };
    this.writeAttempt(attempt, attempt.atMs + underWayMs, nowMs - underWayMs, { attributes, error });
  }

  /** A recycle took its worker out of service while that had it. */
  cross(recycle: TraceContext): void {
    if (this.links.length < MOST_LINKS) this.links.push(recycle);
  }

  /** It is over: answered, refused, or left by its client. */
  end(exchange: Exchange, nowMs: number): void {
    const { message, client, app, errorCode, reply, arrivedAtMs, deliveredAtMs, coldCause } = exchange;
    this.leave(undefined, errorCode, nowMs);
    const handedOverAtMs = deliveredAtMs === 0 ? nowMs : deliveredAtMs;
    if (app && (deliveredAtMs > arrivedAtMs || coldCause !== undefined)) {
      const attributes = { 'baton.pool': app.pool, 'baton.cause': coldCause };
      this.write('wait', SPANS.wait.name, newSpanId(), arrivedAtMs, handedOverAtMs, { attributes, error: undefined });
    }
    const query = message.target.indexOf('?');
    const status = reply.status === 0 ? undefined : reply.status;
    const error = errorCode ?? (status !== undefined && status >= 500 ? String(status) : undefined);
    const attributes = {
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
    };
    this.write('request', message.method, this.context.spanId, arrivedAtMs, nowMs, { attributes, error, links: this.links });
  }
}
