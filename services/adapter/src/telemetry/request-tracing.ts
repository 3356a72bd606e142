import type { HandoverAnswer, HandoverOrder } from '@baton/adapter-kit';
import { type HeadSampler, newSpanId, parseTraceparent, SPANS, type SpanWriter } from '@baton/telemetry';
import type { Exchange } from '../forward/exchange.ts';
import { RequestTrace } from './request-trace.ts';

/** Requests that a span of a hand-over is linked to at most. */
const MOST_LINKS = 128;

/** What traces an adapter's requests: the service's telemetry, or a test's. */
export interface TracingParts {
  readonly sampler: HeadSampler;
  readonly spans: SpanWriter;
}

/** The traces of an adapter: which requests are traced, which of those are under way, and the hand-overs that they cross. */
export class RequestTracing {
  private readonly sampler: HeadSampler;
  private readonly spans: SpanWriter;
  private readonly now: () => number;
  private readonly underWay = new Set<RequestTrace>();

  constructor({ sampler, spans }: TracingParts, now: () => number) {
    this.sampler = sampler;
    this.spans = spans;
    this.now = now;
  }

  /** Decides at the head of a request; undefined: it is not traced, which is said as cheaply as can be. */
  begin(traceparent: string | undefined): RequestTrace | undefined {
    const start = this.sampler.sample(traceparent);
    if (start === undefined) return undefined;
    const trace = new RequestTrace(start, this.spans, this.originMs());
    this.underWay.add(trace);
    return trace;
  }

  /** A traced request is over. */
  end(trace: RequestTrace, exchange: Exchange, nowMs: number): void {
    this.underWay.delete(trace);
    trace.end(exchange, nowMs);
  }

  /** A Handover of a traced recycle was obeyed, in a step that began at `startAtMs`: its span is linked to the requests that it found, and they to it. */
  handover(pool: string, order: HandoverOrder, answer: HandoverAnswer, startAtMs: number): void {
    const recycle = parseTraceparent(order.traceparent ?? '');
    if (!recycle || answer.kind === 'notReady') return;
    const crossed = order.from === '' ? [] : [...this.underWay].filter(({ workerId }) => workerId === order.from);
    const context = { ...recycle, spanId: newSpanId() };
    for (const trace of crossed) trace.cross(context);
    const originMs = this.originMs();
    this.spans.write({
      name: SPANS.handover.name,
      kind: SPANS.handover.kind,
      context,
      parentSpanId: recycle.spanId,
      isParentRemote: true,
      startMs: originMs + startAtMs,
      endMs: originMs + this.now(),
      attributes: {
        'baton.recycle': order.recycleId,
        'baton.pool': pool,
        'baton.slot': order.slot,
        'baton.from': order.from,
        'baton.to': order.to,
        'baton.in_flight': answer.inFlight,
        'baton.outcome': answer.kind,
      },
      links: crossed.slice(0, MOST_LINKS).map((trace) => trace.context),
    });
  }

  /** Unix time at the zero of the adapter's clock, which does not follow corrections of the system's. */
  private originMs(): number {
    return Date.now() - this.now();
  }
}
